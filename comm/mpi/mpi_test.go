package mpi

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/comm/commtest"
)

// filesEnv has the libraries to test, which scripts/mpi-check.sh sets under the mpirun of
// each. Without it there is no world to test.
const filesEnv = "STILLFIELD_TEST_MPI"

// The world that mpirun has started passes the suite; each rank is a process with this test.
func TestConformance(t *testing.T) {
	files := os.Getenv(filesEnv)
	if files == "" {
		t.Skipf("no library in %s", filesEnv)
	}
	w, err := Open(Options{Files: strings.Split(files, ",")})
	if err != nil {
		t.Fatal(err)
	}
	g := comm.New(w, comm.Options{})
	t.Logf("rank %d of %d: %s", g.Rank(), g.Size(), g.Name())
	for _, c := range commtest.Cases(commtest.Whole) {
		if err := c.Run(g, commtest.HostMemory{}); err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
	}
	switch err := g.Close(); {
	case errors.Is(err, comm.ErrNotLeft):
		t.Log(err)
	case err != nil:
		t.Error(err)
	}
}
