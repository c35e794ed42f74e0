//! Tests of `mnist-lab sweep submit`. `cargo xtask cluster-test` tests with a real Slurm.

mod common;

use std::fs;

use common::{DATA, Lab, end, text};

/// Six very short runs.
const RUN: [&str; 8] = [
    "relu", "momentum", "--set", "hidden=8", "--epochs", "1", "--seeds", "0..3",
];

/// `submit slurm` or `submit script` with options, for the six runs.
fn submit<'a>(options: &[&'a str]) -> Vec<&'a str> {
    [&["sweep", "submit"], options, &["--"], &RUN, &DATA].concat()
}

#[test]
fn a_job_script_is_printed_and_may_be_submitted() {
    let lab = Lab::new();
    let options = [
        "slurm",
        "--print",
        "--parts",
        "3",
        "--at-once",
        "2",
        "--cpus",
        "4",
        "--time",
        "0:30:00",
        "--mem",
        "2G",
        "--account",
        "lab",
        "--queue",
        "short",
    ];
    let script = text(&lab.succeed(&submit(&options)).stdout);
    for line in [
        "#!/bin/sh",
        "#SBATCH --job-name=paper",
        "#SBATCH --array=1-3%2",
        "#SBATCH --cpus-per-task=4",
        "#SBATCH --time=0:30:00",
        "#SBATCH --mem=2G",
        "#SBATCH --account=lab",
        "#SBATCH --partition=short",
        "#SBATCH --requeue",
        "#SBATCH --open-mode=append",
        "#SBATCH --signal=B:USR1@60",
    ] {
        assert!(script.lines().any(|it| it == line), "{line}: {script}");
    }
    let run =
        " run --partition \"slice:$SLURM_ARRAY_TASK_ID/3\" --resume --threads 4 relu momentum ";
    assert!(script.contains(run), "{script}");
    // Slurm does not make the folder of the logs.
    assert!(lab.path("runs/paper/submit").is_dir());
    assert!(lab.snapshot("runs").is_empty());
}

#[test]
fn more_parts_than_runs_are_none() {
    let lab = Lab::new();
    let lines = text(&lab.succeed(&submit(&["script", "--parts", "40"])).stdout);
    assert_eq!(lines.lines().count(), 6, "{lines}");
}

#[test]
fn a_suite_may_say_the_same() {
    let lab = Lab::new();
    let table = "\n[submit]\nparts = 2\ntime = \"10\"\nqueue = \"short\"\n";
    let suite = |table: &str| format!("{}{table}", experiments::suites::BUILT_IN[0].1);
    lab.write("mine.toml", suite(table).as_bytes());
    let words = [
        "sweep",
        "submit",
        "slurm",
        "--print",
        "--time",
        "20",
        "--",
        "relu",
        "--suite",
        "mine.toml",
        "--seeds",
        "0..5",
    ];
    let script = text(&lab.succeed(&words).stdout);
    for line in ["--array=1-2", "--time=20", "--partition=short"] {
        assert!(script.contains(&format!("#SBATCH {line}\n")), "{script}");
    }
    for (table, expected) in [
        (
            "\n[submit]\nparts = 0\n",
            "submit: parts is 0; expected at least 1",
        ),
        (
            "\n[submit]\nqueue = \"a\\n#SBATCH --b\"\n",
            "submit: queue is",
        ),
        ("\n[submit]\nnodes = 3\n", "unknown field `nodes`"),
    ] {
        lab.write("mine.toml", suite(table).as_bytes());
        lab.refuse(1, &words, &["mine.toml", expected]);
    }
}

#[test]
fn what_cannot_be_submitted_is_refused() {
    let lab = Lab::new();
    lab.refuse(
        2,
        &submit(&["slurm"]),
        &["time of these 6 runs unknown in runs/paper; use --parts N"],
    );
    for (options, expected) in [
        (["--at-once", "0"], "at-once is 0"),
        (["--cpus", "0"], "cpus is 0"),
        (["--queue", ""], "queue is ``"),
        (["--account", "a b"], "account is `a b`; expected 1 to 64"),
        (["--time", "1\n#SBATCH --x"], "time is"),
    ] {
        let options = [&["slurm", "--parts", "2"][..], &options].concat();
        lab.refuse(2, &submit(&options), &[expected]);
    }
    lab.refuse(2, &submit(&["script", "--parts", "0"]), &["parts is 0"]);
    for (more, expected) in [
        (
            &["--resume"][..],
            "'--resume' cannot be used multiple times",
        ),
        (
            &["--partition", "slice:1/2"],
            "'--partition <PART>' cannot be used",
        ),
        (&["--replace"], "'--replace'"),
        (&["--seeds", "x"], "'--seeds"),
        (&["--nonsense"], "'--nonsense'"),
    ] {
        let words = [
            &["sweep", "submit", "script", "--parts", "2", "--", "relu"],
            more,
        ]
        .concat();
        lab.refuse_usage(&words, &[expected]);
    }
    // The same errors as in the tasks, but before they wait in a queue.
    let words = [
        "sweep",
        "submit",
        "script",
        "--parts",
        "2",
        "--",
        "unheard-of",
    ];
    lab.refuse(2, &words, &["unknown experiment `unheard-of`"]);
    let words = [
        "sweep",
        "submit",
        "script",
        "--parts",
        "2",
        "--",
        "--data-dir",
        "none",
    ];
    lab.refuse(1, &words, &["none"]);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::PermissionsExt;
    use std::process::Command;

    use super::*;

    /// Puts a program `sbatch` first in the path; it writes its arguments to `said`.
    fn with_sbatch(lab: &Lab, script: &str) -> String {
        lab.write("bin/sbatch", format!("#!/bin/sh\n{script}\n").as_bytes());
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(lab.path("bin/sbatch"), executable).unwrap();
        format!("{}:/usr/bin:/bin", lab.path("bin").display())
    }

    /// The command's standard output and error.
    fn submitted(lab: &Lab, path: &str, options: &[&str], code: i32) -> (String, String) {
        let mut command = lab.command(&submit(options));
        let output = end(code, command.env("PATH", path));
        (text(&output.stdout), text(&output.stderr))
    }

    /// Answers as `sbatch --parsable` of a site with several clusters, with one number after the other.
    const ANSWERS: &str = "echo \"$@\" >> said; echo \"$((40 + $(wc -l < said)));here\"";

    #[test]
    fn an_array_and_its_merge_are_submitted() {
        let lab = Lab::new();
        let path = with_sbatch(&lab, ANSWERS);
        let (jobs, said) = submitted(&lab, &path, &["slurm", "--parts", "3"], 0);
        assert_eq!(jobs, "41\n42\n");
        assert_eq!(
            said,
            "3 of 3 parts are job 41, their merge is job 42; mnist-lab sweep status runs/paper shows the progress\n"
        );
        let folder = lab.path("runs/paper/submit");
        let folder = folder.canonicalize().unwrap();
        let folder = folder.display();
        let expected = format!(
            "--parsable {folder}/job.sh\n--parsable --dependency=afterany:41 {folder}/merge.sh\n"
        );
        assert_eq!(lab.text("said"), expected);

        // A task, started as Slurm does, and repeated.
        for task in ["2", "2"] {
            let mut script = Command::new("sh");
            script.arg(lab.path("runs/paper/submit/job.sh"));
            let status = script.env("SLURM_ARRAY_TASK_ID", task).output().unwrap();
            assert!(status.status.success(), "{status:?}");
        }
        let merge = Command::new("sh")
            .arg(lab.path("runs/paper/submit/merge.sh"))
            .output()
            .unwrap();
        assert_eq!(merge.status.code(), Some(1));
        assert!(text(&merge.stderr).contains("4 of 6 runs"));

        // The same command again submits the remaining parts, and then nothing.
        submitted(&lab, &path, &["slurm"], 0);
        assert!(
            lab.text("runs/paper/submit/job.sh")
                .contains("#SBATCH --array=1,3\n")
        );
        let lines = text(&lab.succeed(&submit(&["script"])).stdout);
        assert_eq!(lines.lines().count(), 2, "{lines}");
        assert!(
            lines.contains("slice:1/3") && lines.contains("slice:3/3"),
            "{lines}"
        );
        lab.refuse(
            1,
            &submit(&["slurm", "--parts", "4"]),
            &["plan.json: expected 3 parts, found 4"],
        );
        for line in lines.lines() {
            let mut shell = Command::new("sh");
            shell.args(["-c", line]).current_dir(lab.path(""));
            assert!(shell.output().unwrap().status.success());
        }
        let (jobs, said) = submitted(&lab, &path, &["slurm"], 0);
        assert_eq!(jobs, "");
        assert_eq!(
            said,
            "all runs are complete; `mnist-lab sweep merge runs/paper` merges them\n"
        );
        lab.succeed(&["sweep", "merge", "runs/paper"]);
        // With the times of one machine's runs, one task of ten minutes does them all.
        let (_, said) = submitted(&lab, &path, &["slurm"], 0);
        assert!(said.starts_with("all runs are complete"), "{said}");
    }

    #[test]
    fn any_folder_can_be_worked_in() {
        let lab = Lab::new();
        let path = with_sbatch(&lab, ANSWERS);
        for (folder, log) in [
            (r"a\b", r"a\\\\b/-out/paper/submit/paper.log"),
            (
                "it's \"a b\" %A #",
                r#"it's \"a b\" %%A #/-out/paper/submit/%A_%a.log"#,
            ),
        ] {
            let submit = submit(&["slurm", "--parts", "1"]);
            let data = lab.path("data").display().to_string();
            let words: Vec<&str> = submit
                .iter()
                .map(|&word| if word == "data" { &data } else { word })
                .collect();
            let mut command = lab.command(&[&words[..], &["--out=-out"]].concat());
            fs::create_dir(lab.path(folder)).unwrap();
            command.current_dir(lab.path(folder)).env("PATH", &path);
            let said = text(&end(0, &mut command).stderr);
            assert!(
                said.contains("mnist-lab sweep status ./-out/paper shows"),
                "{said}"
            );
            let script = lab.path(folder).join("-out/paper/submit/job.sh");
            let script = fs::read_to_string(script).unwrap();
            assert!(script.contains(&format!("{log}\"\n")), "{script}");
            for name in ["job.sh", "merge.sh"] {
                let mut shell = Command::new("sh");
                shell.arg(lab.path(folder).join("-out/paper/submit").join(name));
                shell.env("SLURM_ARRAY_TASK_ID", "1");
                let done = shell.output().unwrap();
                assert!(done.status.success(), "{name}: {done:?}");
            }
        }
    }

    #[test]
    fn a_time_limit_queues_the_task_again_and_a_failure_does_not() {
        let lab = Lab::new();
        let path = with_sbatch(&lab, ANSWERS);
        submitted(&lab, &path, &["slurm", "--parts", "1"], 0);
        let script = lab.text("runs/paper/submit/job.sh");
        // Instead of the program, a command that ends with a code on TERM, or by itself.
        let run = script.lines().find(|line| line.ends_with(" &")).unwrap();
        lab.write("bin/scontrol", b"#!/bin/sh\necho \"$@\" > told\n");
        fs::set_permissions(lab.path("bin/scontrol"), fs::Permissions::from_mode(0o755)).unwrap();
        let ends = |stand_in: &str| {
            let _ = fs::remove_file(lab.path("told"));
            lab.write(
                "job.sh",
                script.replace(run, &format!("{stand_in} &")).as_bytes(),
            );
            let mut shell = Command::new("sh");
            shell.arg(lab.path("job.sh")).env("PATH", &path);
            // The last task to start has the job number of the array.
            shell.env("SLURM_JOB_ID", "77");
            shell.env("SLURM_ARRAY_JOB_ID", "77");
            shell.env("SLURM_ARRAY_TASK_ID", "4");
            let ended = shell.status().unwrap();
            let told = fs::read_to_string(lab.path("told")).unwrap_or_default();
            (ended.code().unwrap(), told)
        };
        let until_told = |code| {
            format!("sh -c 'trap \"exit {code}\" TERM; sleep 0.2; kill -USR1 '$$'; sleep 5 & wait'")
        };
        assert_eq!(ends(&until_told(143)), (143, "requeue 77_4\n".to_owned()));
        assert_eq!(ends(&until_told(1)), (1, String::new()));
        assert_eq!(ends("sh -c 'exit 2'"), (2, String::new()));
        assert_eq!(ends("true"), (0, String::new()));
    }

    #[test]
    fn an_sbatch_that_fails_or_is_absent_loses_nothing() {
        let lab = Lab::new();
        let options = ["slurm", "--parts", "3"];
        for (script, expected) in [
            (
                "echo 'sbatch: error: a' >&2; echo 'sbatch: fatal: no such account' >&2; exit 1",
                "sbatch: exit status: 1: sbatch: fatal: no such account",
            ),
            (
                "echo 'sbatch: error: Batch job submission failed: Invalid job array specification' >&2; exit 1",
                "Invalid job array specification; the array's indices exceed the cluster's MaxArraySize, so use fewer \
                 --parts",
            ),
            ("echo soon", "sbatch: expected a job number, found `soon`"),
            ("true", "sbatch: expected a job number, found ``"),
        ] {
            let path = with_sbatch(&lab, script);
            let (jobs, said) = submitted(&lab, &path, &options, 1);
            assert_eq!((jobs.as_str(), said.lines().count()), ("", 1), "{said}");
            assert!(said.starts_with("error: nothing was submitted; "), "{said}");
            assert!(said.contains("job.sh") && said.contains(expected), "{said}");
        }
        fs::remove_file(lab.path("bin/sbatch")).unwrap();
        let nowhere = lab.path("bin").display().to_string();
        let (_, said) = submitted(&lab, &nowhere, &options, 1);
        assert!(
            said.contains("is this a host that submits to Slurm?"),
            "{said}"
        );
        assert!(lab.path("runs/paper/submit/job.sh").exists());

        // The array is submitted and its merge is not.
        let path = with_sbatch(&lab, "case $2 in --dep*) exit 3;; esac; echo 41");
        let (_, said) = submitted(&lab, &path, &options, 1);
        let expected = "job 41 was submitted, but not its merge; run mnist-lab sweep merge runs/paper afterwards: ";
        assert!(said.contains(expected), "{said}");
    }
}
