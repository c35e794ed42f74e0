//! Suites and rules inside a program.

/// The suites and rules that are compiled into a program, each with a name and a text.
#[derive(Clone, Copy, Debug, Default)]
pub struct BuiltIn<'a> {
    /// Suites, as [`Suite::parse`](super::Suite::parse) reads them.
    pub suites: &'a [(&'a str, &'a str)],
    /// Rules for judging claims.
    pub rules: &'a [(&'a str, &'a str)],
}
