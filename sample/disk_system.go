//go:build linux || darwin || freebsd

package sample

import "golang.org/x/sys/unix"

// free is how many bytes of the disk of dir this process may still take, and false where
// the system does not say.
func free(dir string) (uint64, bool) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil || st.Bsize <= 0 {
		return 0, false
	}
	return uint64(st.Bavail) * uint64(st.Bsize), true
}
