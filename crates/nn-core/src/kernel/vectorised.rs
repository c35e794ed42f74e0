//! A macro for functions that are compiled once for each kind of processor.

/// Defines a function that is compiled once for each kind of processor. A call runs the version for the current
/// processor.
///
/// The signature has a lifetime and a [`Float`](crate::Float) type. A body that uses `Vectors` has one more type, `S`,
/// and a first argument `simd: S`, which callers do not pass. The compiler uses the processor's vectors only in code
/// that is certainly inlined, so functions that the body calls are `#[inline(always)]`.
///
/// ```ignore
/// vectorised! {
///     /// `y` ← `y` + a·`x`.
///     fn scaled_add<'a, F>(y: &'a mut [F], a: F, x: &'a [F]) {
///         for (y, &x) in y.iter_mut().zip(x) {
///             *y += a * x;
///         }
///     }
/// }
/// ```
macro_rules! vectorised {
    ($(#[$meta:meta])* $vis:vis fn $name:ident<$($life:lifetime,)+ $F:ident>(
        $($arg:ident: $type:ty),+ $(,)?
    ) $(-> $output:ty)? $body:block) => {
        $crate::kernel::vectorised! {
            $(#[$meta])* $vis fn $name<$($life,)+ $F, S>(_simd: S, $($arg: $type),+) $(-> $output)? $body
        }
    };
    ($(#[$meta:meta])* $vis:vis fn $name:ident<$($life:lifetime,)+ $F:ident, $S:ident>(
        $simd:ident: $_S:ident, $($arg:ident: $type:ty),+ $(,)?
    ) $(-> $output:ty)? $body:block) => {
        $(#[$meta])*
        $vis fn $name<$($life,)+ $F: $crate::Float>($($arg: $type),+) $(-> $output)? {
            struct Arguments<$($life,)+ $F> {
                $($arg: $type),+
            }

            impl<$($life,)+ $F: $crate::Float> pulp::WithSimd for Arguments<$($life,)+ $F> {
                #[allow(unused_parens)]
                type Output = ($($output)?);

                #[inline(always)]
                fn with_simd<$S: pulp::Simd>(self, $simd: $S) -> Self::Output {
                    let Self { $($arg),+ } = self;
                    $body
                }
            }

            $crate::kernel::dispatch(Arguments { $($arg),+ })
        }
    };
}

pub(crate) use vectorised;

/// Runs an operation with the widest vectors of this processor.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
#[inline(always)]
pub(crate) fn dispatch<O: pulp::WithSimd>(operation: O) -> O::Output {
    pulp::Arch::new().dispatch(operation)
}

/// Runs an operation with the vectors that this module of WebAssembly was built for. An engine without them refuses the
/// module, so versions for other vectors would only make the module larger.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[inline(always)]
pub(crate) fn dispatch<O: pulp::WithSimd>(operation: O) -> O::Output {
    #[cfg(target_feature = "relaxed-simd")]
    use pulp::wasm::RelaxedSimd as Vectors;
    #[cfg(not(target_feature = "relaxed-simd"))]
    use pulp::wasm::Simd128 as Vectors;

    let vectors = Vectors::try_new().expect("an engine that compiled vectors has them");
    pulp::Simd::vectorize(vectors, operation)
}
