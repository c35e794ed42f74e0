//! A function compiled once for each kind of processor.

/// A function that is compiled once for each kind of processor, and that runs in the version for the
/// processor at hand. For the crates of this workspace.
///
/// The signature is a function's with a lifetime and a [`Real`](crate::Real) type. A body that uses
/// `Vectors` itself asks for one more type, `S`, and for a first argument `simd: S`, which callers do
/// not give. Only what is inlined for certain is compiled for the vectors: functions that the body calls
/// are `#[inline(always)]`.
///
/// ```
/// nn_kernel::vectorised! {
///     /// `y` ← `y` + a·`x`.
///     fn scaled_add<'a, F>(y: &'a mut [F], a: F, x: &'a [F]) {
///         for (y, &x) in y.iter_mut().zip(x) {
///             *y += a * x;
///         }
///     }
/// }
/// let mut y = [1.0, 2.0];
/// scaled_add(&mut y, 10.0, &[3.0, 4.0]);
/// assert_eq!(y, [31.0, 42.0]);
/// ```
#[macro_export]
macro_rules! vectorised {
    ($(#[$meta:meta])* $vis:vis fn $name:ident<$($life:lifetime,)+ $F:ident>(
        $($arg:ident: $type:ty),+ $(,)?
    ) $(-> $output:ty)? $body:block) => {
        $crate::vectorised! {
            $(#[$meta])* $vis fn $name<$($life,)+ $F, S>(_simd: S, $($arg: $type),+) $(-> $output)? $body
        }
    };
    ($(#[$meta:meta])* $vis:vis fn $name:ident<$($life:lifetime,)+ $F:ident, $S:ident>(
        $simd:ident: $_S:ident, $($arg:ident: $type:ty),+ $(,)?
    ) $(-> $output:ty)? $body:block) => {
        $(#[$meta])*
        $vis fn $name<$($life,)+ $F: $crate::Real>($($arg: $type),+) $(-> $output)? {
            struct Arguments<$($life,)+ $F> {
                $($arg: $type),+
            }

            impl<$($life,)+ $F: $crate::Real> $crate::pulp::WithSimd for Arguments<$($life,)+ $F> {
                #[allow(unused_parens)]
                type Output = ($($output)?);

                #[inline(always)]
                fn with_simd<$S: $crate::pulp::Simd>(self, $simd: $S) -> Self::Output {
                    let Self { $($arg),+ } = self;
                    $body
                }
            }

            $crate::pulp::Arch::new().dispatch(Arguments { $($arg),+ })
        }
    };
}
