//! What a package needs lies in it.

use crate::made::Made;

#[test]
fn a_copy_that_is_gone_or_another() {
    let made = Made::new();
    made.append("crates/lab-report/found.csv", "c,d\n");
    made.expect(&[
        "crates/lab-report/found.csv: is no copy of crates/nn-train/found.csv; change both, or copy one",
    ]);
    made.remove("crates/lab-report/found.csv");
    made.expect(&[
        "crates/lab-report/found.csv: is not there; copy crates/nn-train/found.csv, which its package needs",
    ]);
}

#[test]
fn a_crate_without_the_licence_that_it_names() {
    let made = Made::new();
    made.append("Cargo.toml", "[workspace.package]\nlicense = \"MIT\"\n");
    made.write(
        "crates/gradcheck/Cargo.toml",
        "[package]\nname = \"gradcheck\"\nlicense.workspace = true\n",
    );
    let missing = "crates/gradcheck/LICENSE: is not there; copy LICENSE, which its package needs";
    made.expect(&[missing]);
    made.write("crates/gradcheck/LICENSE", "Do as we please.\n");
    made.expect(&["crates/gradcheck/LICENSE: is no copy of LICENSE; change both, or copy one"]);
    made.write("crates/gradcheck/LICENSE", "Do as you please.\n");
    made.expect(&[]);
}

#[test]
fn a_file_compiled_in_from_elsewhere() {
    let made = Made::new();
    made.write(
        "crates/gradcheck/tests/tables.rs",
        "const HERE: &str = include_str!(\"../README.md\");\n\
         const TWO: (&str, &[u8]) = (include_str!(\"lib.rs\"), include_bytes!(\"../../nn-train/found.csv\"));\n",
    );
    made.append(
        "crates/lab-report/src/lib.rs",
        "#[doc = include_str!(\"../../../README.md\")]\nstruct Readme;\n",
    );
    made.expect(&[
        "crates/gradcheck/tests/tables.rs:2: crates/nn-train/found.csv is compiled in and not part of the \
         package gradcheck; copy it there",
        "crates/lab-report/src/lib.rs:8: README.md is compiled in and not part of the package lab-report; \
         copy it there",
    ]);
}
