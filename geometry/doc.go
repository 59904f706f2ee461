// Package geometry measures what theory says of blind fields, on data whose field is
// known in closed form, and remakes the figures of "The geometry of noise" (arXiv
// 2602.18428) from exact fields.
//
// [Measure] has every quantity of the paper at given points: the marginal energy, its
// gradient, the blind field, the three parts of its decomposition. A [Figure] computes
// a [Result]: tables, plots as numbers, and each erratum of the paper beside the
// measurement that shows it. Package geometry/chart makes pictures of plots and a page
// of results.
//
// Every number says how it was got: exact (a closed form), quadrature with its error,
// or Monte Carlo with the number of draws and a standard error. Draws are functions of
// a counter, so that the same program gives the same numbers on any number of cores.
package geometry
