//go:build !linux

package comm

import "runtime"

// cores are taken to be all of the machine's.
func cores() (mine []int, all int) {
	for c := range runtime.NumCPU() {
		mine = append(mine, c)
	}
	return mine, len(mine)
}
