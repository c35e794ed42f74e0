//! No `unwrap` outside of tests, benchmarks and examples.

use anyhow::Result;
use syn::visit::{self, Visit};
use syn::{ExprMethodCall, ExprPath, ImplItem, Item, Macro};

use crate::attributes::{is_for_tests, of_impl_item, of_item};
use crate::finding::Finding;
use crate::table::Table;
use crate::tokens;
use crate::workspace::Workspace;

/// `.unwrap()`, also among a macro's arguments, and `Option::unwrap` as a function.
pub(crate) fn unwraps(workspace: &Workspace, _: &Table) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let trees = workspace.packages.iter().flat_map(|p| &p.trees);
    for file in trees.flat_map(|tree| &tree.files) {
        let mut unwraps = Unwraps(Vec::new());
        unwraps.visit_file(&file.syntax);
        findings.extend(unwraps.0.into_iter().map(|line| {
            let message = "`unwrap` outside of tests; return an error, or say with `expect` why it cannot fail";
            Finding::at(&file.path, line, message)
        }));
    }
    Ok(findings)
}

/// The lines.
struct Unwraps(Vec<usize>);

impl Unwraps {
    fn look_at(&mut self, name: &syn::Ident) {
        if name == "unwrap" {
            self.0.push(name.span().start().line);
        }
    }
}

impl<'ast> Visit<'ast> for Unwraps {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_for_tests(of_item(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        if !is_for_tests(of_impl_item(item)) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        if call.args.is_empty() {
            self.look_at(&call.method);
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_path(&mut self, path: &'ast ExprPath) {
        if path.path.segments.len() > 1
            && let Some(last) = path.path.segments.last()
        {
            self.look_at(&last.ident);
        }
        visit::visit_expr_path(self, path);
    }

    fn visit_macro(&mut self, called: &'ast Macro) {
        tokens::bare_calls(called.tokens.clone(), &mut |name| self.look_at(name));
    }
}
