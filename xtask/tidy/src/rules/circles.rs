//! Modules of one crate do not import each other in a circle.
//!
//! A file imports another if its code names an item that is defined there: in a `use`, or in a path of an
//! expression, a type, a macro's or an attribute's arguments. The name is followed through `pub use` to the
//! definition, so re-exports hide no import. Three things are no import: `mod x;`, a module's re-export of
//! what lies below it, and naming a module without an item of it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use anyhow::Result;
use proc_macro2::TokenStream;
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItem, Item, ItemMod, ItemUse, Macro, Meta};

use crate::attributes::{is_for_tests, of_impl_item, of_item};
use crate::finding::Finding;
use crate::table::Table;
use crate::tokens;
use crate::tree::{File, ModuleId, Target, Tree, imports, is_reexport};
use crate::workspace::Workspace;

/// From each file to each that it imports, by path, with the first line that does.
type Graph<'a> = BTreeMap<&'a str, BTreeMap<&'a str, usize>>;

/// Every circle is reported once, shortest first, and no import appears in two; without one import of each
/// there are none left.
pub(crate) fn circles(workspace: &Workspace, _: &Table) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for tree in workspace.packages.iter().flat_map(|p| &p.trees) {
        let mut graph = graph(tree);
        while let Some(circle) = shortest_circle(&graph) {
            let mut way = String::new();
            let mut first = None;
            for (position, from) in circle.iter().enumerate() {
                let to = circle[(position + 1) % circle.len()];
                let line = graph.get_mut(from).and_then(|next| next.remove(to));
                let line = line.unwrap_or_default();
                first.get_or_insert(line);
                way.push_str(&format!("{from}:{line} → "));
            }
            let message = format!(
                "circle of imports: {way}{}; move what they share to where both may look",
                circle[0]
            );
            findings.push(Finding::at(circle[0], first.unwrap_or_default(), message));
        }
    }
    Ok(findings)
}

fn graph(tree: &Tree) -> Graph<'_> {
    let mut graph = Graph::new();
    for file in &tree.files {
        let mut visitor = Imports {
            tree,
            file,
            module: file.module,
            found: BTreeMap::new(),
        };
        visitor.visit_file(&file.syntax);
        graph.insert(&file.path, visitor.found);
    }
    graph
}

/// A circle of fewest files, the first by name among its likes.
fn shortest_circle<'a>(graph: &Graph<'a>) -> Option<Vec<&'a str>> {
    let circles = graph.keys().filter_map(|start| way_back(graph, start));
    circles.min_by_key(Vec::len)
}

/// The files of a shortest way from a file to itself.
fn way_back<'a>(graph: &Graph<'a>, start: &'a str) -> Option<Vec<&'a str>> {
    let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
    let mut seen = BTreeSet::from([start]);
    let mut next = VecDeque::from([start]);
    while let Some(file) = next.pop_front() {
        for &to in graph.get(file)?.keys() {
            if to == start {
                let mut circle = vec![file];
                while let Some(before) = came_from.get(circle[circle.len() - 1]) {
                    circle.push(before);
                }
                circle.reverse();
                return Some(circle);
            }
            if seen.insert(to) {
                came_from.insert(to, file);
                next.push_back(to);
            }
        }
    }
    None
}

/// Collects the imports of one file.
struct Imports<'a> {
    tree: &'a Tree,
    file: &'a File,
    /// The module that the code at hand is in.
    module: ModuleId,
    found: BTreeMap<&'a str, usize>,
}

impl Imports<'_> {
    /// Notes where a path leads; `passes_on` if it is a re-export's.
    fn note(&mut self, path: &[String], line: usize, passes_on: bool) {
        for target in self.tree.resolve(self.module, path) {
            let Target::Item(home) = target else { continue };
            let to = &self.tree.files[self.tree.file_of(home)].path;
            let below = passes_on && self.tree.is_below(home, self.module);
            if *to != self.file.path && !below {
                let first = self.found.entry(to).or_insert(line);
                *first = line.min(*first);
            }
        }
    }

    /// Single words of a macro's arguments are left out: most are variables and fields, and what they
    /// name has been imported by a `use`.
    fn look_through(&mut self, tokens: TokenStream) {
        tokens::paths(tokens, &mut |path| {
            if let [first, _, ..] = path {
                let line = first.span().start().line;
                let path: Vec<_> = path.iter().map(ToString::to_string).collect();
                self.note(&path, line, false);
            }
        });
    }
}

impl<'ast> Visit<'ast> for Imports<'_> {
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

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        let outer = self.module;
        if let Some(inner) = self.tree.inline(outer, &item.ident.to_string()) {
            self.module = inner;
            visit::visit_item_mod(self, item);
            self.module = outer;
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        for import in imports(item) {
            self.note(&import.path, import.line, is_reexport(item));
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none()
            && let Some(first) = path.segments.first()
        {
            let line = first.ident.span().start().line;
            let idents = path.segments.iter().map(|segment| &segment.ident);
            self.note(
                &idents.map(ToString::to_string).collect::<Vec<_>>(),
                line,
                false,
            );
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &'ast Macro) {
        self.visit_path(&called.path);
        self.look_through(called.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let Meta::List(list) = &attribute.meta {
            self.look_through(list.tokens.clone());
        }
    }
}
