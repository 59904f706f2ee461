// Package wholerun holds whole runs on one device to whole runs on another.
//
// plan/plantest judges a device operator by operator. Here the unit is what a
// user does: train, stop, go on, draw samples. The GPU's path — plans as captured
// graphs of the PTX that ships — runs on the emulator, with every check of its
// sanitizer on, and is held to the CPU within bounds that each test states; a run
// begun on one device goes on with another; and a device that runs out of memory,
// fails or goes away in the middle leaves one line of explanation and a run that
// goes on as if nothing had happened, to the bit.
package wholerun
