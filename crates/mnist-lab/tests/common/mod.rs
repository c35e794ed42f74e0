//! A folder to test the program in, with a small part of MNIST.

// each test program uses only some of this module
#![allow(dead_code, unused_imports)]

mod model_file;
#[cfg(unix)]
mod watch;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use image::{DynamicImage, GrayImage, ImageFormat};
use serde::de::DeserializeOwned;
use tempfile::TempDir;

pub(crate) use model_file::ModelFile;
#[cfg(unix)]
pub(crate) use watch::{Held, Watched};

/// Names of the four files, uncompressed.
pub(crate) const NAMES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

/// Number of training images in the small set.
pub(crate) const TRAIN: usize = 600;

/// Number of test images in the small set.
pub(crate) const TEST: usize = 200;

/// Options that select the small set.
pub(crate) const DATA: [&str; 4] = ["--data-dir", "data", "--checksums", "off"];

/// The first character of terminal escape sequences.
pub(crate) const ESCAPE: char = '\x1b';

/// The first images and labels of MNIST, as four raw IDX files.
static SMALL: LazyLock<[Vec<u8>; 4]> = LazyLock::new(|| {
    [
        first(NAMES[0], TRAIN, 784),
        first(NAMES[1], TRAIN, 1),
        first(NAMES[2], TEST, 784),
        first(NAMES[3], TEST, 1),
    ]
});

/// The first `count` entries, of `size` bytes each, of a file in `data/`.
fn first(name: &str, count: usize, size: usize) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../data/{name}.gz"));
    let header = if size == 1 { 8 } else { 16 };
    let mut bytes = vec![0; header + count * size];
    GzDecoder::new(fs::File::open(path).unwrap())
        .read_exact(&mut bytes)
        .unwrap();
    bytes[4..8].copy_from_slice(&u32::try_from(count).unwrap().to_be_bytes());
    bytes
}

/// The small set's four files, raw.
pub(crate) fn small_files() -> [Vec<u8>; 4] {
    SMALL.clone()
}

/// The pixels of a test image, 28 × 28 row by row, 0 for background.
pub(crate) fn test_image(index: usize) -> &'static [u8] {
    &SMALL[2][16 + 784 * index..][..784]
}

/// Bytes as a gzip file.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The bytes of every file below a folder.
pub(crate) type Snapshot = BTreeMap<PathBuf, Vec<u8>>;

/// A temporary folder that the program runs in, with the small set in `data`.
pub(crate) struct Lab {
    folder: TempDir,
}

impl Lab {
    /// A lab with the small set: two files raw and two compressed.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let lab = Self { folder };
        let [images, labels, test_images, test_labels] = &*SMALL;
        lab.write(&format!("data/{}", NAMES[0]), images);
        lab.write(&format!("data/{}.gz", NAMES[1]), &gzip(labels));
        lab.write(&format!("data/{}.gz", NAMES[2]), &gzip(test_images));
        lab.write(&format!("data/{}", NAMES[3]), test_labels);
        lab
    }

    /// A lab with these files, as [`snapshot`](Self::snapshot) of `""` gives them.
    pub(crate) fn of(files: &Snapshot) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let lab = Self { folder };
        for (path, bytes) in files {
            lab.write(path.to_str().unwrap(), bytes);
        }
        lab
    }

    /// A lab with a model of one epoch, `model.safetensors`.
    pub(crate) fn with_model(experiment: &str, settings: &[&str]) -> Self {
        let lab = Self::new();
        lab.run(experiment, &[&["epochs=1"], settings].concat(), &[]);
        let model = format!("runs/paper/{experiment}/seed-0/model.safetensors");
        lab.write("model.safetensors", &lab.bytes(&model));
        lab
    }

    /// A lab with the results of a short run of softmax regression, which failures must not change.
    pub(crate) fn with_results() -> Self {
        let lab = Self::new();
        lab.run("softmax", &["epochs=1"], &[]);
        lab
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, and makes its folders.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Writes four raw files to a folder.
    pub(crate) fn write_data(&self, folder: &str, files: &[Vec<u8>; 4]) {
        for (name, bytes) in NAMES.iter().zip(files) {
            self.write(&format!("{folder}/{name}"), bytes);
        }
    }

    /// Writes the small set as raw files to a folder, one of them with other bytes.
    pub(crate) fn write_spoiled_data(&self, folder: &str, file: usize, bytes: &[u8]) {
        let mut files = small_files();
        files[file] = bytes.to_vec();
        self.write_data(folder, &files);
    }

    /// Makes a named pipe.
    #[cfg(unix)]
    pub(crate) fn make_pipe(&self, name: &str) {
        let mut mkfifo = Command::new("mkfifo");
        let made = mkfifo.arg(self.path(name)).status();
        assert!(made.unwrap().success());
    }

    /// A file's bytes.
    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// A file's text.
    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8(self.bytes(name)).unwrap()
    }

    /// Writes the paper's suite and readings as `paper.toml`, with few epochs and units, and for any data set. With
    /// `--set`, the settings would differ from the suite's, and the small set is not MNIST.
    pub(crate) fn write_short_suite(&self) {
        let [(_, paper), (_, readings), ..] = experiments::suites::BUILT_IN;
        let (_, readings) = readings.split_once("[[reading]]").unwrap();
        let text = format!("{paper}\n[[reading]]{readings}");
        let text = text.replace("epochs = 100", "epochs = 2");
        let text = format!("data-set = \"any\"\n{text}");
        self.write("paper.toml", text.replace("[128]", "[8]").as_bytes());
    }

    /// A CSV file's rows.
    pub(crate) fn csv<T: DeserializeOwned>(&self, name: &str) -> Vec<T> {
        csv::Reader::from_reader(self.bytes(name).as_slice())
            .deserialize()
            .collect::<Result<_, _>>()
            .unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// [`snapshot`] of a folder in this one.
    pub(crate) fn snapshot(&self, name: &str) -> Snapshot {
        snapshot(&self.path(name))
    }

    /// All files below a folder that the seeds determine: no times, and no renamed checkpoints.
    pub(crate) fn results(&self, name: &str) -> Snapshot {
        let mut files = self.snapshot(name);
        let determined = |path: &PathBuf| {
            !path.ends_with("timings.csv")
                && !path.ends_with(".lock")
                && path
                    .extension()
                    .is_none_or(|it| it != "damaged" && it != "other")
        };
        files.retain(|path, _| determined(path));
        files
    }

    /// The program with these words on its command line, in this folder.
    pub(crate) fn command<S: AsRef<str>>(&self, words: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mnist-lab"));
        command.args(words.iter().map(AsRef::as_ref));
        command.current_dir(self.folder.path());
        for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS"] {
            command.env_remove(variable);
        }
        command
    }

    /// Runs the program and expects this exit code.
    pub(crate) fn end<S: AsRef<str>>(&self, code: i32, words: &[S]) -> Output {
        end(code, &mut self.command(words))
    }

    /// Runs the program and expects no failure.
    pub(crate) fn succeed<S: AsRef<str>>(&self, words: &[S]) -> Output {
        self.end(0, words)
    }

    /// As [`succeed`](Self::succeed), with few bytes in a pipe as standard input.
    pub(crate) fn succeed_with_input(&self, words: &[&str], input: &[u8]) -> Output {
        let mut command = self.command(words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        expect(0, &command, child.wait_with_output().unwrap())
    }

    /// Runs the program on the small set and expects no failure.
    pub(crate) fn succeed_with_data(&self, words: &[&str]) -> Output {
        self.succeed(&[words, &DATA].concat())
    }

    /// `mnist-lab run` on the small set with these settings; returns standard output.
    pub(crate) fn run(&self, experiment: &str, settings: &[&str], options: &[&str]) -> String {
        let mut words = vec!["run", experiment, "--quiet", "--threads", "1"];
        words.extend(settings.iter().flat_map(|setting| ["--set", setting]));
        let output = self.succeed_with_data(&[&words, options].concat());
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs the program; expects exit code `code`, empty standard output and one line `error: …`; returns the line
    /// after `error: `.
    pub(crate) fn fail<S: AsRef<str>>(&self, code: i32, words: &[S]) -> String {
        let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
        let output = self.end(code, &words);
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        let seen = format!("{words:?}:\n{stdout}{stderr}");
        assert_eq!(stdout, "", "{seen}");
        assert_eq!(stderr.lines().count(), 1, "{seen}");
        let line = stderr.strip_prefix("error: ");
        line.unwrap_or_else(|| panic!("{seen}"))
            .trim_end()
            .to_owned()
    }

    /// As [`fail`](Self::fail), and checks the message and that no file in `runs` has changed.
    pub(crate) fn refuse<S: AsRef<str>>(&self, code: i32, words: &[S], expected: &[&str]) {
        let before = self.snapshot("runs");
        let message = self.fail(code, words);
        for part in expected {
            assert!(message.contains(part), "`{part}` is not in: {message}");
        }
        assert_says_once(&message);
        assert!(self.snapshot("runs") == before, "files changed: {message}");
    }

    /// As [`refuse`](Self::refuse) with exit code 2, for errors of the command-line parser. The first line has the
    /// message; the usage follows.
    pub(crate) fn refuse_usage(&self, words: &[&str], expected: &[&str]) {
        let before = self.snapshot("runs");
        let output = self.end(2, words);
        assert_eq!(text(&output.stdout), "", "{words:?}");
        let stderr = text(&output.stderr);
        let message = stderr.lines().next().unwrap_or_default();
        assert!(message.starts_with("error: "), "{words:?}: {stderr}");
        for part in expected {
            assert!(message.contains(part), "`{part}` is not in: {stderr}");
        }
        assert!(stderr.contains("--help"), "{stderr}");
        assert!(self.snapshot("runs") == before, "files changed: {stderr}");
    }
}

/// Runs a command and expects this exit code.
pub(crate) fn end(code: i32, command: &mut Command) -> Output {
    let output = command.output().unwrap();
    expect(code, command, output)
}

fn expect(code: i32, command: &Command, output: Output) -> Output {
    let [stdout, stderr] = [&output.stdout, &output.stderr].map(|it| String::from_utf8_lossy(it));
    let seen = format!("{command:?}: {}\n{stdout}{stderr}", output.status);
    assert_eq!(output.status.code(), Some(code), "{seen}");
    output
}

/// The paths of all files below a folder except its lock, in order.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        // Files may vanish during the walk.
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with(".lock") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// All files below a folder except its lock, which names the process; none if the folder does not exist.
pub(crate) fn snapshot(folder: &Path) -> Snapshot {
    let entry = |path: PathBuf| {
        let bytes = fs::read(&path).unwrap();
        (path.strip_prefix(folder).unwrap().to_owned(), bytes)
    };
    files_below(folder).into_iter().map(entry).collect()
}

/// The files of a run, of those in a folder of results.
pub(crate) fn of_run(files: &Snapshot, run: &Path) -> Snapshot {
    let own = files.iter().filter(|(path, _)| path.starts_with(run));
    own.map(|(path, bytes)| (path.clone(), bytes.clone()))
        .collect()
}

/// The folders of the complete runs in a folder of results.
pub(crate) fn complete_runs(files: &Snapshot) -> impl Iterator<Item = &Path> {
    let records = files.keys().filter(|path| path.ends_with("run.json"));
    records.map(|path| path.parent().unwrap())
}

/// The paper's suite without experiments and rules: its defaults.
pub(crate) fn paper_defaults() -> String {
    let (_, paper) = experiments::suites::BUILT_IN[0];
    let defaults = paper.split("[[experiment]]").next().unwrap();
    defaults.replace("rules = \"claims\"", "")
}

/// An image as the bytes of a file.
pub(crate) fn encode(image: GrayImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(image)
        .write_to(&mut bytes, format)
        .unwrap();
    bytes.into_inner()
}

/// A test image as a picture, light on dark as MNIST has it or dark on light.
pub(crate) fn picture(index: usize, dark_on_light: bool, format: ImageFormat) -> Vec<u8> {
    let invert = |&pixel: &u8| if dark_on_light { 255 - pixel } else { pixel };
    let pixels = test_image(index).iter().map(invert).collect();
    encode(GrayImage::from_raw(28, 28, pixels).unwrap(), format)
}

/// `run softmax` with more words, on the small set.
pub(crate) fn run_softmax<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["run", "softmax"][..], more, &DATA].concat()
}

/// Asserts that two folders have the same files with the same bytes.
pub(crate) fn assert_same(a: &Snapshot, b: &Snapshot) {
    let names = |files: &Snapshot| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(a), names(b));
    let differing: Vec<_> = a.keys().filter(|path| a[*path] != b[*path]).collect();
    assert!(differing.is_empty(), "{differing:?}");
}

/// Asserts that an error does not repeat a cause.
fn assert_says_once(message: &str) {
    let parts: Vec<&str> = message.split(": ").collect();
    for pair in parts.windows(2) {
        assert_ne!(pair[0], pair[1], "said twice: {message}");
    }
    if let Some(last) = parts.last().filter(|part| part.len() > 12) {
        assert_eq!(message.matches(last).count(), 1, "said twice: {message}");
    }
}

/// The text of a stream, with `/` in paths on every system.
pub(crate) fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    if cfg!(windows) {
        text.replace('\\', "/")
    } else {
        text
    }
}

/// Converts the output of `list --settings` to a suite file.
pub(crate) fn as_suite(settings: &str) -> String {
    let mut suite = "title = \"Mine\"\n".to_owned();
    for line in settings.lines() {
        match line
            .strip_prefix("# ")
            .and_then(|line| line.split_once(": "))
        {
            Some((id, title)) => suite.push_str(&format!(
                "[[experiment]]\nid = {id:?}\ntitle = {title:?}\n[experiment.settings]\n"
            )),
            None => suite.push_str(&format!("{line}\n")),
        }
    }
    suite
}
