package mpi

import (
	"strings"
	"testing"
)

// A library is of the family that its file, symbols or words say.
func TestABI(t *testing.T) {
	none := func(string) uintptr { return 0 }
	open := func(name string) uintptr {
		if strings.HasPrefix(name, "ompi_mpi_") {
			return uintptr(len(name))
		}
		return 0
	}
	for _, c := range []struct {
		file, version, want string
		symbol              func(string) uintptr
	}{
		{"libmpi.so.40", "Open MPI v5.0.3", "Open MPI", open},
		{"libmpich.so.12", "MPICH Version: 4.0.2", "MPICH", none},
		{"libmpi.so.12", "Intel(R) MPI Library 2021.10 for Linux* OS", "MPICH", none},
		{"libmpi.so", "MVAPICH Version : 3.0", "MPICH", none},
		{"/opt/lib/libmpi_abi.so.0", "MPICH Version: 5.0.0", "MPI 5", none},
		{"libmpi.so", "Another MPI", "", none},
	} {
		a, ok := abiOf(c.file, c.version, c.symbol)
		if ok != (c.want != "") || a.name != c.want {
			t.Errorf("%s %q is of %q, want %q", c.file, c.version, a.name, c.want)
		}
		for _, h := range append(append(a.types[:], a.ops[:]...), a.world, a.errorsReturn) {
			if ok && h == 0 {
				t.Errorf("%s: a handle of %+v is 0", c.file, a)
			}
		}
	}
}

func TestTitle(t *testing.T) {
	for version, want := range map[string]string{
		"Open MPI v4.1.4, package: Debian OpenMPI, ident: 4.1.4\x00": "Open MPI v4.1.4",
		"MPICH Version:\t4.0.2\nMPICH Release date:\tThu":            "MPICH Version: 4.0.2",
	} {
		if got := title(version); got != want {
			t.Errorf("title of %q is %q, want %q", version, got, want)
		}
	}
}
