// Package manifest keeps what was once found out about files: the hash of a content, a range of
// values, the size of a picture. Finding it out reads every byte, and the next start would read
// them all again; with a manifest it takes a stat of each file.
//
// A fact is believed for as long as its files have the size, the time of modification in
// nanoseconds and the inode that they had when they were read. Times of a file system may be
// coarse: of a file that was modified less than two seconds before it was read nothing is kept,
// so that no later change can have the same time. A file that changes while it is read is an
// error that names it.
//
// Manifests are files in the directory that the environment variable STILLFIELD_CACHE names, or
// else in stillfield in the user's directory of caches ($XDG_CACHE_HOME, or ~/.cache). They may be
// removed at any time. One that cannot be written or is no manifest costs the time it would have
// saved, and [Watch] is told. Of less than 4 MiB of files in all none is written. Each is replaced
// as a whole, so that any number of processes may use one.
package manifest
