//! Tokens that no parser has read: the arguments of macros and attributes.

use proc_macro2::{Ident, TokenStream, TokenTree};

/// Calls `each` with every path, as in `crate::a::b`, as its identifiers.
pub(crate) fn paths(tokens: TokenStream, each: &mut impl FnMut(&[Ident])) {
    let mut path: Vec<Ident> = Vec::new();
    let mut colons = 0;
    for token in tokens {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == ':' && !path.is_empty() => colons += 1,
            TokenTree::Ident(ident) if colons == 2 => {
                path.push(ident);
                colons = 0;
            }
            other => {
                if !path.is_empty() {
                    each(&path);
                    path.clear();
                }
                colons = 0;
                match other {
                    TokenTree::Ident(ident) => path.push(ident),
                    TokenTree::Group(group) => paths(group.stream(), each),
                    _ => {}
                }
            }
        }
    }
    if !path.is_empty() {
        each(&path);
    }
}

/// Calls `each` with every method call `.name()` without arguments.
pub(crate) fn bare_calls(tokens: TokenStream, each: &mut impl FnMut(&Ident)) {
    let tokens: Vec<_> = tokens.into_iter().collect();
    for window in tokens.windows(3) {
        if let [
            TokenTree::Punct(dot),
            TokenTree::Ident(name),
            TokenTree::Group(arguments),
        ] = window
            && dot.as_char() == '.'
            && arguments.stream().is_empty()
        {
            each(name);
        }
    }
    for token in tokens {
        if let TokenTree::Group(group) = token {
            bare_calls(group.stream(), each);
        }
    }
}
