//! SHA-256, and the checksums published for MNIST and two sets in the same format.

use std::io::{self, Read};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use sha2::{Digest, Sha256, digest::Output};

/// A file as published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Published {
    /// The file's name. If it ends in `.gz`, length and checksum are those of the compressed file.
    pub name: &'static str,
    /// The length in bytes.
    pub bytes: u64,
    /// The SHA-256, 64 hexadecimal digits in lower case.
    pub sha256: &'static str,
}

impl Published {
    /// Whether length and checksum are those of the compressed file.
    pub fn is_gzip(&self) -> bool {
        self.name.ends_with(".gz")
    }
}

/// The files of MNIST: training images and labels, test images and labels.
pub const MNIST: [Published; 4] = [
    Published {
        name: "train-images-idx3-ubyte",
        bytes: 47_040_016,
        sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    },
    Published {
        name: "train-labels-idx1-ubyte",
        bytes: 60_008,
        sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    },
    Published {
        name: "t10k-images-idx3-ubyte",
        bytes: 7_840_016,
        sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    },
    Published {
        name: "t10k-labels-idx1-ubyte",
        bytes: 10_008,
        sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
];

/// The files of Fashion-MNIST, uncompressed. The checksums of the published `.gz` files begin with 3aede38d, a04f1713,
/// 346e55b9 and 67da17c7.
pub const FASHION_MNIST: [Published; 4] = [
    Published {
        name: "train-images-idx3-ubyte",
        bytes: 47_040_016,
        sha256: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    },
    Published {
        name: "train-labels-idx1-ubyte",
        bytes: 60_008,
        sha256: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    },
    Published {
        name: "t10k-images-idx3-ubyte",
        bytes: 7_840_016,
        sha256: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    },
    Published {
        name: "t10k-labels-idx1-ubyte",
        bytes: 10_008,
        sha256: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    },
];

/// The files of KMNIST, compressed, because only the checksums of the `.gz` files are published. Files that were
/// uncompressed or compressed again are not recognised.
pub const KMNIST: [Published; 4] = [
    Published {
        name: "train-images-idx3-ubyte.gz",
        bytes: 18_165_135,
        sha256: "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
    },
    Published {
        name: "train-labels-idx1-ubyte.gz",
        bytes: 29_497,
        sha256: "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
    },
    Published {
        name: "t10k-images-idx3-ubyte.gz",
        bytes: 3_041_136,
        sha256: "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
    },
    Published {
        name: "t10k-labels-idx1-ubyte.gz",
        bytes: 5_120,
        sha256: "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
    },
];

/// The SHA-256 of some bytes, 64 hexadecimal digits in lower case.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(Sha256::digest(bytes))
}

fn hex(sum: Output<Sha256>) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |n: u8| char::from(DIGITS[usize::from(n & 15)]);
    let digits = sum.iter().flat_map(|&b| [digit(b >> 4), digit(b)]);
    digits.collect()
}

/// The number of bytes in a block, which is hashed at a time.
const BLOCK: usize = 1 << 17;

/// The maximum number of blocks that wait to be hashed.
const WAITING: usize = 4;

/// A reader that hashes everything read through it, in a separate thread. Decompressing and hashing take about as long,
/// so two threads halve the time. If the system refuses a thread, the calling thread hashes.
pub(crate) struct HashingReader<R> {
    inner: R,
    /// Bytes that are read, but not yet hashed.
    block: Vec<u8>,
    hashing: Hashing,
}

enum Hashing {
    InThread {
        sender: SyncSender<Vec<u8>>,
        hasher: JoinHandle<Sha256>,
    },
    Here(Sha256),
}

impl<R: Read> HashingReader<R> {
    /// A reader that hashes what will be read from `inner`.
    pub(crate) fn new(inner: R) -> Self {
        let (sender, receiver) = sync_channel::<Vec<u8>>(WAITING);
        let hasher = thread::Builder::new().spawn(move || {
            let mut hasher = Sha256::new();
            receiver.iter().for_each(|block| hasher.update(block));
            hasher
        });
        Self {
            inner,
            block: Vec::new(),
            hashing: match hasher {
                Ok(hasher) => Hashing::InThread { sender, hasher },
                Err(_) => Hashing::Here(Sha256::new()),
            },
        }
    }

    /// SHA-256 of all bytes read, 64 hexadecimal digits in lower case.
    pub(crate) fn finish(mut self) -> String {
        self.hash_block();
        let hasher = match self.hashing {
            Hashing::InThread { sender, hasher } => {
                drop(sender);
                hasher.join().expect("hashing does not fail")
            }
            Hashing::Here(hasher) => hasher,
        };
        hex(hasher.finalize())
    }
}

impl<R> HashingReader<R> {
    fn hash_block(&mut self) {
        match &mut self.hashing {
            Hashing::InThread { sender, .. } => sender
                .send(std::mem::take(&mut self.block))
                .expect("the other end is open as long as this one"),
            Hashing::Here(hasher) => {
                hasher.update(&self.block);
                self.block.clear();
            }
        }
    }
}

impl<R: Read> Read for HashingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.block.extend_from_slice(&buffer[..n]);
        if self.block.len() >= BLOCK {
            self.hash_block();
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_sha256sum() {
        // printf abc | sha256sum; printf '' | sha256sum
        let cases = [
            (
                "abc",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
            (
                "",
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ),
        ];
        for (text, sum) in cases {
            assert_eq!(sha256(text.as_bytes()), sum);
            let mut reader = HashingReader::new(text.as_bytes());
            io::copy(&mut reader, &mut io::sink()).unwrap();
            assert_eq!(reader.finish(), sum);

            // The case that the system refuses a thread.
            let mut reader = HashingReader {
                inner: text.as_bytes(),
                block: Vec::new(),
                hashing: Hashing::Here(Sha256::new()),
            };
            io::copy(&mut reader, &mut io::sink()).unwrap();
            assert_eq!(reader.finish(), sum);
        }
    }
}
