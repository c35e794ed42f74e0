//! Data sets of four files, which are compared with the published files and with each other.

use std::{panic, path::Path, thread};

use crate::{
    Error, Images, LabelledImages,
    checksum::sha256,
    find::{find, folder, names},
    idx::{IdxU8, Limits},
    known::{self, KnownSet},
    one_hot,
    source::{self, Content, Loaded},
};

/// The contents of the four files, in the order of [`Dataset::digests`].
const CONTENTS: [Content; 4] = [
    Content::Images,
    Content::Labels,
    Content::Images,
    Content::Labels,
];

/// The offset of the first label in a file of labels.
const LABELS_START: u64 = 8;

/// The data set that the four files must match, by SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Checksums {
    /// All four files must be those of one of the [`known::SETS`](crate::known::SETS).
    #[default]
    Known,
    /// All four files must be those of MNIST.
    Mnist,
    /// Any files are accepted. A known set is still recognised.
    Off,
}

/// Options for [`Dataset::open`]. The default accepts MNIST and the other known sets.
///
/// ```
/// use mnist_data::{Checksums, OpenOptions};
///
/// // EMNIST Letters, whose labels are 1 to 26: class 0 exists and has no image
/// let letters = OpenOptions {
///     checksums: Checksums::Off,
///     classes: 27,
///     prefix: Some("emnist-letters".to_owned()),
///     ..OpenOptions::default()
/// };
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenOptions {
    /// The checksums that the files must have.
    pub checksums: Checksums,
    /// The number of classes, 1 to 256. Labels must be below this number.
    pub classes: usize,
    /// The prefix of the file names. `None` means MNIST's names, `train-*` and `t10k-*`. A prefix `p` means EMNIST's
    /// names, `p-train-*` and `p-test-*`. EMNIST stores each image column by column. So with a prefix that begins with
    /// `emnist`, rows and columns are exchanged.
    pub prefix: Option<String>,
    /// The largest array that a header may declare.
    pub limits: Limits,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            checksums: Checksums::default(),
            classes: 10,
            prefix: None,
            limits: Limits::default(),
        }
    }
}

/// The name and checksum of a file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDigest {
    /// The name of the uncompressed file, without the folder.
    pub name: String,
    /// The SHA-256 of the uncompressed bytes, 64 hexadecimal digits in lower case.
    pub sha256: String,
}

/// A training and a test part, with images of one size and labels below [`classes`](Self::classes).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    train: LabelledImages,
    test: LabelledImages,
    classes: usize,
    digests: [FileDigest; 4],
    set: Option<&'static KnownSet>,
}

impl Dataset {
    /// Reads the four files in `dir`, in two threads.
    ///
    /// The first of these files that exists is used: `<name>.gz`, `<name>`, and the same two with a `.` instead of the
    /// `-` before `idx`. The first bytes of a file decide whether it is compressed. The names are those of
    /// [`checksum::MNIST`](crate::checksum::MNIST), or follow from [`OpenOptions::prefix`]. If `dir` has none of the
    /// files, they may be in a folder of torchvision's there, such as `MNIST/raw`.
    ///
    /// # Errors
    ///
    /// * A file is absent, unreadable, or has other content than its name says. For a folder of EMNIST or QMNIST, the
    ///   error names that data set.
    /// * A file has another checksum than [`OpenOptions::checksums`] asks for.
    /// * A label is not below the number of classes.
    /// * The files do not fit together.
    ///
    /// If several files have the same fault, the error names the first in the order of [`digests`](Self::digests).
    pub fn open(dir: impl AsRef<Path>, options: &OpenOptions) -> Result<Self, Error> {
        let names = names(options.prefix.as_deref());
        let dir = &folder(dir.as_ref(), &names);
        let read = |i: usize| {
            let path = find(dir, &names, i)?;
            let loaded = source::open(&path, CONTENTS[i], &options.limits)?;
            let sum = || source::sum_as_stored(&path);
            let set = KnownSet::of_file(i, &loaded.sha256, source::length(&path), sum)?;
            Ok(NamedFile {
                path: path.display().to_string(),
                loaded,
                set,
            })
        };
        assemble(&names, read, options)
    }

    /// Reads the four files from memory, each gzip or raw, in the order of [`digests`](Self::digests).
    ///
    /// ```
    /// use mnist_data::{Checksums, Dataset, OpenOptions};
    ///
    /// // One image of 1 × 2 pixels, and its label.
    /// let images = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 10, 20];
    /// let labels = [0, 0, 8, 1, 0, 0, 0, 1, 7];
    /// let options = OpenOptions { checksums: Checksums::Off, ..OpenOptions::default() };
    /// let data = Dataset::from_bytes([&images, &labels, &images, &labels], &options)?;
    /// assert_eq!((data.train().images().image(0), data.train().labels()), (&[10, 20][..], &[7][..]));
    /// # Ok::<(), mnist_data::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open), except that no file can be absent.
    pub fn from_bytes(files: [&[u8]; 4], options: &OpenOptions) -> Result<Self, Error> {
        let names = names(options.prefix.as_deref());
        let read = |i: usize| {
            let (path, bytes) = (names[i].clone(), files[i]);
            let loaded = source::read(&path, bytes, CONTENTS[i], &options.limits)?;
            let sum = || Ok(sha256(bytes));
            let set = KnownSet::of_file(i, &loaded.sha256, bytes.len() as u64, sum)?;
            Ok(NamedFile { path, loaded, set })
        };
        assemble(&names, read, options)
    }

    /// MNIST, as compiled into this library. The bytes are checked like files on disk.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open), if the library was built from damaged files.
    #[cfg(feature = "bundled")]
    pub fn bundled() -> Result<Self, Error> {
        let options = OpenOptions {
            checksums: Checksums::Mnist,
            ..OpenOptions::default()
        };
        let files = [
            mnist_files_train::IMAGES,
            mnist_files_train::LABELS,
            mnist_files_test::IMAGES,
            mnist_files_test::LABELS,
        ];
        Self::from_bytes(files, &options)
    }

    /// The training part: 60,000 images in MNIST.
    pub fn train(&self) -> &LabelledImages {
        &self.train
    }

    /// The test part: 10,000 images in MNIST.
    pub fn test(&self) -> &LabelledImages {
        &self.test
    }

    /// The number of classes. Labels are below this number.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// The data set's name, if all four files are those of one of the [`known::SETS`](crate::known::SETS).
    ///
    /// ```
    /// # fn main() -> Result<(), mnist_data::Error> {
    /// use mnist_data::{Dataset, OpenOptions};
    ///
    /// # let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data");
    /// # if !std::path::Path::new(data).exists() { return Ok(()) }
    /// let data = Dataset::open(data, &OpenOptions::default())?;
    /// assert_eq!(data.name(), Some("MNIST"));
    /// assert_eq!(data.class_names(), None); // the digits
    /// # Ok(())
    /// # }
    /// ```
    pub fn name(&self) -> Option<&'static str> {
        self.set.map(|set| set.name)
    }

    /// The names of the classes, class 0 first; `None` if the classes are digits or the names are unknown.
    pub fn class_names(&self) -> Option<&'static [&'static str]> {
        self.set.and_then(|set| set.class_names)
    }

    /// The names and checksums of the files: training images and labels, test images and labels.
    pub fn digests(&self) -> &[FileDigest; 4] {
        &self.digests
    }

    /// The first `train` images of the training part and the first `test` images of the test part; all images of a part
    /// that has fewer. The digests remain those of the complete files.
    #[must_use]
    pub fn truncated(self, train: usize, test: usize) -> Self {
        Self {
            train: self.train.truncated(train),
            test: self.test.truncated(test),
            ..self
        }
    }
}

/// A file that was read, its name for errors, and the known set that it belongs to.
struct NamedFile {
    path: String,
    loaded: Loaded,
    set: Option<&'static KnownSet>,
}

fn assemble(
    names: &[String; 4],
    read: impl Fn(usize) -> Result<NamedFile, Error> + Sync,
    options: &OpenOptions,
) -> Result<Dataset, Error> {
    one_hot::check_classes(options.classes)?;
    // The training images are most of the bytes, so they have a separate thread.
    let (first, [second, third, fourth]) = thread::scope(|scope| {
        let others = thread::Builder::new().spawn_scoped(scope, || [1, 2, 3].map(&read));
        let first = read(0);
        let others = match others {
            Ok(others) => others.join().unwrap_or_else(|p| panic::resume_unwind(p)),
            // The system refused a thread.
            Err(_) => [1, 2, 3].map(&read),
        };
        (first, others)
    });
    let files = [first?, second?, third?, fourth?];
    let set = match options.checksums {
        Checksums::Known => Some(one_set(&files, None)?),
        Checksums::Mnist => Some(one_set(&files, Some(KnownSet::mnist()))?),
        Checksums::Off => one_set(&files, None).ok(),
    };

    let digest = |i: usize| FileDigest {
        name: names[i].clone(),
        sha256: files[i].loaded.sha256.clone(),
    };
    let digests = [0, 1, 2, 3].map(digest);
    let train_file = files[0].path.clone();
    let test_file = files[2].path.clone();
    let [train_images, train_labels, test_images, test_labels] = files;
    let train = pair(train_images, train_labels, options)?;
    let test = pair(test_images, test_labels, options)?;
    let size = |part: &LabelledImages| (part.images().rows(), part.images().cols());
    if size(&train) != size(&test) {
        return Err(Error::FileImageSize {
            train_file,
            train: size(&train),
            test_file,
            test: size(&test),
        });
    }
    Ok(Dataset {
        train,
        test,
        classes: options.classes,
        digests,
        set,
    })
}

/// The known set that all files belong to. `wanted` is the only set that is accepted, if there is one.
fn one_set(
    files: &[NamedFile; 4],
    wanted: Option<&'static KnownSet>,
) -> Result<&'static KnownSet, Error> {
    let Some(set) = wanted.or_else(|| files.iter().find_map(|file| file.set)) else {
        return Err(Error::UnknownSet {
            file: files[0].path.clone(),
            found: files[0].loaded.sha256.clone(),
        });
    };
    let mut pairs = files.iter().zip(set.files);
    match pairs.find(|(file, _)| file.set != Some(set)) {
        None => Ok(set),
        Some((file, expected)) => Err(Error::Checksum {
            file: file.path.clone(),
            set: set.name,
            expected,
            found: file.loaded.sha256.clone(),
            found_set: file.set.map(|set| set.name),
        }),
    }
}

/// The images of a file, with the labels of another.
fn pair(
    images: NamedFile,
    labels: NamedFile,
    options: &OpenOptions,
) -> Result<LabelledImages, Error> {
    let (images_file, labels_file) = (images.path, labels.path);
    let IdxU8 { dims, data } = images.loaded.array;
    // `source` refuses another number of dimensions.
    let mut images = Images::new(dims[0], dims[1], dims[2], data)?;
    let prefix = options.prefix.as_deref();
    if prefix.is_some_and(known::is_column_by_column) {
        images = images.transposed();
    }
    let labels = labels.loaded.array.data;
    let classes = options.classes;
    if let Some(index) = labels.iter().position(|&l| usize::from(l) >= classes) {
        return Err(Error::FileLabel {
            file: labels_file,
            offset: LABELS_START + index as u64,
            index,
            label: labels[index],
            classes,
        });
    }
    if images.len() != labels.len() {
        return Err(Error::FileCounts {
            images_file,
            images: images.len(),
            labels_file,
            labels: labels.len(),
        });
    }
    LabelledImages::new(images, labels)
}
