//go:build !unix

package manifest

import "io/fs"

// inode is 0: the description of a file has no number here.
func inode(fs.FileInfo) uint64 { return 0 }
