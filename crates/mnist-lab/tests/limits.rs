//! Tests of accidents: huge sizes, messages with terminal escape sequences, results that vanish silently.

mod common;

use std::fmt::Write as _;

use common::{DATA, ESCAPE, Lab, run_softmax, text};

#[test]
fn a_run_that_was_changed_is_named_and_the_exit_code_is_1() {
    let lab = Lab::with_results();
    let path = "runs/paper/softmax/seed-0/metrics.csv";
    let whole = lab.text(path);
    lab.write(path, (whole.clone() + "2,0.1,0.9,0.1,0.9\n").as_bytes());
    let words = [&["run", "l2", "--set", "epochs=1"][..], &DATA].concat();
    let stderr = text(&lab.end(1, &words).stderr);
    assert!(
        stderr.contains("metrics.csv: checksum mismatch"),
        "{stderr}"
    );
    assert!(stderr.contains("tables omit the run"), "{stderr}");
    assert_eq!(lab.text("runs/paper/runs.csv").lines().count(), 2);
    // Once repaired, the run counts again.
    lab.write(path, whole.as_bytes());
    lab.succeed(&[&words[..], &["--resume"]].concat());
    assert_eq!(lab.text("runs/paper/runs.csv").lines().count(), 3);
}

#[cfg(unix)]
#[test]
fn a_suite_from_a_pipe_is_read_once() {
    let lab = Lab::new();
    lab.write_short_suite();
    let suite = lab.text("paper.toml");
    let words = ["run", "softmax", "--suite", "/dev/stdin", "--replace"];
    for lr in ["lr = 0.05", "lr = 0.04"] {
        let suite = suite.replacen("lr = 0.05", lr, 1);
        let words = [&words[..], &DATA].concat();
        lab.succeed_with_input(&words, suite.as_bytes());
    }
    assert!(
        lab.text("runs/stdin/softmax/seed-0/run.json")
            .contains("\"lr\": 0.04")
    );
}

#[test]
fn a_report_removes_what_it_no_longer_writes_and_nothing_else() {
    let lab = Lab::with_results();
    for name in [
        "figures/weights.svg",
        "figures/readings-x.png",
        "figures/mine.svg",
    ] {
        lab.write(&format!("runs/paper/{name}"), b"stale");
    }
    // As if an earlier report had written two of them.
    lab.succeed_with_data(&["report", "runs/paper"]);
    let earlier = lab.text("runs/paper/report.json");
    let names = r#""figures/weights.svg", "figures/readings-x.png", "REPORT.md""#;
    let earlier = earlier.replacen("\"REPORT.md\"", names, 1);
    lab.write("runs/paper/report.json", earlier.as_bytes());
    lab.succeed_with_data(&["report", "runs/paper"]);
    assert!(!lab.path("runs/paper/figures/weights.svg").exists());
    assert!(!lab.path("runs/paper/figures/readings-x.png").exists());
    assert!(lab.path("runs/paper/figures/mine.svg").exists());
}

#[test]
fn sizes_have_bounds_and_messages_stay_short() {
    let lab = Lab::with_results();
    let layers = |count| format!("hidden={}", vec!["1"; count].join(","));
    let message = lab.fail(2, &["list", "--set", &layers(101)]);
    assert!(
        message.contains("expected up to 100 layer sizes"),
        "{message}"
    );
    let message = lab.fail(2, &["list", "--set", &layers(33_000)]);
    assert!(message.contains("expected at most 4096"), "{message}");
    assert!(message.len() < 300, "{message}");
    let message = lab.fail(2, &run_softmax(&["--set", "lr=1e-300"]));
    assert!(message.contains("expected precision = f64"), "{message}");
    let message = lab.fail(2, &run_softmax(&["--set", "momentum=0.9999999999999999"]));
    assert!(message.contains("expected precision = f64"), "{message}");

    let mut suite = "title = \"Many\"\n".to_owned();
    for id in 0..10_001 {
        write!(suite, "[[experiment]]\nid = \"e{id}\"\ntitle = \"E\"\n").unwrap();
    }
    lab.write("many.toml", suite.as_bytes());
    let message = lab.fail(1, &["list", "--suite", "many.toml"]);
    assert!(
        message.contains("10001 experiments; expected at most 10000"),
        "{message}"
    );

    let id = "x".repeat(70_000);
    lab.write(
        "long.toml",
        format!("title = \"Long\"\n[[experiment]]\nid = \"{id}\"\ntitle = \"E\"\n").as_bytes(),
    );
    let message = lab.fail(1, &["list", "--suite", "long.toml"]);
    assert!(message.len() < 300, "{message}");
}

#[test]
fn a_model_of_many_layers_is_refused_at_once() {
    let lab = Lab::new();
    let header = format!(
        "{{\"__metadata__\":{{\"mnist-lab\":\"{}\"}}}}",
        "1,".repeat(3 << 20)
    );
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    lab.write("deep.safetensors", &bytes);
    let words = ["evaluate", "--model", "deep.safetensors"];
    let message = lab.fail(1, &[&words[..], &DATA].concat());
    assert!(message.contains("expected at most 4194304"), "{message}");
}

#[test]
fn a_long_suite_is_refused_before_it_is_parsed() {
    let lab = Lab::new();
    let list = "[],".repeat(1 << 19);
    let suite = format!("title = \"A list\"\n[defaults]\nx = [{list}]\n");
    lab.write("list.toml", suite.as_bytes());
    let message = lab.fail(1, &["list", "--suite", "list.toml"]);
    assert_eq!(
        message,
        "list.toml: expected at most 1048576 bytes, found more"
    );
}

/// Images of more pixels than a sparse row can number.
#[test]
fn large_images_have_the_dense_form_only() {
    let lab = Lab::new();
    let side = 257_u32;
    for (part, count) in [("train", 20_u32), ("t10k", 4)] {
        let header = |kind: u32, sizes: &[u32]| -> Vec<u8> {
            let words = [&[kind, count][..], sizes].concat();
            words.iter().flat_map(|word| word.to_be_bytes()).collect()
        };
        let pixels = (0..count * side * side).map(|i| if i % 7 == 0 { i as u8 } else { 0 });
        let images: Vec<u8> = header(0x803, &[side, side])
            .into_iter()
            .chain(pixels)
            .collect();
        lab.write(&format!("large/{part}-images-idx3-ubyte"), &images);
        let labels: Vec<u8> = header(0x801, &[])
            .into_iter()
            .chain((0..count).map(|i| i as u8 % 10))
            .collect();
        lab.write(&format!("large/{part}-labels-idx1-ubyte"), &labels);
    }
    let run = |form| {
        [
            "run",
            "softmax",
            "--set",
            "epochs=1",
            "--set",
            "batch-size=4",
            "--set",
            form,
        ]
        .into_iter()
        .chain(["--data-dir", "large", "--checksums", "off", "--out", form])
        .collect::<Vec<_>>()
    };
    for form in ["input=auto", "input=dense"] {
        lab.succeed(&run(form));
    }
    let table = |form| lab.text(&format!("{form}/paper/softmax/seed-0/metrics.csv"));
    assert_eq!(table("input=auto"), table("input=dense"));
    let message = lab.fail(1, &run("input=sparse"));
    assert_eq!(
        message,
        "experiment `softmax`: input=sparse with images of 257 × 257 pixels: 66049 columns; \
         a sparse matrix holds at most 65536"
    );
    assert!(!lab.path("input=sparse").exists());
}

/// The program under a limit of `ulimit`, such as `-n 7`.
#[cfg(target_os = "linux")]
fn limited(lab: &Lab, limit: &str, words: &[&str]) -> std::process::Output {
    std::process::Command::new("sh")
        .args(["-c", &format!("ulimit {limit}; exec \"$LAB\" \"$@\""), "sh"])
        .args(words)
        .args(DATA)
        .env("LAB", env!("CARGO_BIN_EXE_mnist-lab"))
        .env("RUST_BACKTRACE", "0")
        .current_dir(lab.path(""))
        .output()
        .unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn too_many_open_files_are_said_of_the_file_that_could_not_be_opened() {
    let lab = Lab::with_results();
    let mut refused = 0;
    for most in 4..16 {
        for words in [
            &["report", "runs/paper"][..],
            &[
                "run",
                "softmax",
                "--out",
                "new",
                "--replace",
                "--set",
                "epochs=1",
                "--checkpoint-every",
                "0",
            ],
        ] {
            let output = limited(&lab, &format!("-n {most}"), words);
            let stderr = text(&output.stderr);
            match output.status.code() {
                Some(0) => {}
                // The exit code of the loader.
                Some(127) => {}
                Some(1) => {
                    let message = stderr.lines().last().unwrap_or_default();
                    let (place, _) = message
                        .split_once(": Too many open files")
                        .unwrap_or_else(|| panic!("{most} {words:?}: {stderr}"));
                    assert!(place.contains(": "), "{most} {words:?}: {stderr}");
                    assert!(!stderr.contains("moved away"), "{most} {words:?}: {stderr}");
                    refused += 1;
                }
                code => panic!("{most} {words:?}: {code:?}: {stderr}"),
            }
        }
    }
    assert!(refused > 0);
}

/// If memory runs out, the process ends with a message, ours or the allocator's, and not with a panic's exit code.
#[cfg(target_os = "linux")]
#[test]
fn too_little_memory_is_no_panic() {
    let lab = Lab::with_results();
    let model = "runs/paper/softmax/seed-0/model.safetensors";
    for words in [
        &["report", "runs/paper"][..],
        &["evaluate", "--model", model],
    ] {
        // In KiB.
        let suffices = |most: u32| {
            let output = limited(&lab, &format!("-v {most}"), words);
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert_ne!(
                output.status.code(),
                Some(101),
                "{most} {words:?}: {stderr}"
            );
            output.status.success()
        };
        let (mut too_little, mut enough) = (0, 1 << 20);
        while enough - too_little > 500 {
            let middle = (enough + too_little) / 2;
            match suffices(middle) {
                true => enough = middle,
                false => too_little = middle,
            }
        }
        for less in 1..10 {
            suffices(enough.saturating_sub(500 * less));
        }
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_among_data_files_is_refused() {
    let lab = Lab::new();
    std::fs::remove_file(lab.path("data/train-labels-idx1-ubyte.gz")).unwrap();
    lab.make_pipe("data/train-labels-idx1-ubyte");
    let message = lab.fail(1, &run_softmax(&[]));
    assert!(
        message.contains("train-labels-idx1-ubyte: cannot read: not a regular file"),
        "{message}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_terminal_obeys_is_escaped() {
    let lab = Lab::new();
    let name = format!("no\nsuch{ESCAPE}[31m.safetensors");
    let words = ["evaluate", "--model", &name];
    let message = lab.fail(1, &[&words[..], &DATA].concat());
    assert!(
        message.contains("no\\nsuch\\u{1b}[31m.safetensors: cannot be read"),
        "{message}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_is_named() {
    let lab = Lab::new();
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_mnist-lab"))
        .arg("list")
        .stdout(full)
        .current_dir(lab.path(""))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = text(&output.stderr);
    assert!(
        stderr.contains("cannot write to standard output"),
        "{stderr}"
    );
}
