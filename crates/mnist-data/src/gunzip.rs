//! Gzip files with several members, and with padding after the last one.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

/// The first bytes of a gzip file.
pub(crate) const GZIP_MAGIC: [u8; 2] = [0x1F, 0x8B];

/// A reader of a gzip file's uncompressed data, member after member. Zeros after a member are padding, which tapes and
/// block devices add; anything else there is an error.
pub(crate) struct Members<R> {
    /// The member that is being read; `None` after the last.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> Members<R> {
    pub(crate) fn new(file: R) -> Self {
        Self {
            member: Some(GzDecoder::new(file)),
        }
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let read = member.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let rest = self.member.take().map(GzDecoder::into_inner);
            self.member = rest.map(next).transpose()?.flatten();
        }
        Ok(0)
    }
}

/// The member that begins after the padding; `None` at the end of the file.
fn next<R: BufRead>(mut rest: R) -> io::Result<Option<GzDecoder<R>>> {
    loop {
        let bytes = match rest.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            bytes => bytes?,
        };
        match bytes.iter().position(|&byte| byte != 0) {
            None if bytes.is_empty() => return Ok(None),
            None => {
                let zeros = bytes.len();
                rest.consume(zeros);
            }
            Some(zeros) if bytes[zeros] == GZIP_MAGIC[0] => {
                rest.consume(zeros);
                return Ok(Some(GzDecoder::new(rest)));
            }
            Some(_) => {
                let found = "other bytes after the end of the gzip data";
                return Err(io::Error::new(io::ErrorKind::InvalidInput, found));
            }
        }
    }
}
