// Package chip says what time a kernel would take on a GPU that nobody has at hand: what the
// emulator counts of it (driver.Counts), held against what the makers say the chip can do. Its
// figures are a model, and every user of the package labels them so.
//
// A launch takes as long as the busiest of seven things that a GPU does side by side (Time), and
// a gap and a ramp beside, which are the same for all. No figure is fitted to a measurement.
package chip
