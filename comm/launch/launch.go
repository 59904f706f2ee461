// Package launch opens the group of processes that a launcher has started this one in. The
// launcher is known by what it puts in the environment; where there is none of that, the
// group is solo and no library is opened.
package launch

import (
	"fmt"
	"os"
	"strconv"

	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/comm/mpi"
)

// LibraryEnv names the MPI library to open, in place of those that fit the launcher.
const LibraryEnv = "STILLFIELD_MPI"

// Launch is what a launcher says of the processes it has started.
type Launch struct {
	By    string   // the launcher, in words; empty without one
	Size  int      // how many processes, 0 where it does not say
	Files []string // the libraries that know this launcher, best first
}

// launcher is one kind of launcher: it is the one if the environment has all of Marks.
type launcher struct {
	by    string
	marks []string
	size  string // the variable that says how many processes
	files []string
	want  string // where it starts processes that cannot find each other: what would
}

var (
	ofOpenMPI = []string{"libmpi.so.40", "libmpi_abi.so.1", "libmpi.so"}
	ofMPICH   = []string{"libmpich.so.12", "libmpi.so.12", "libmpi_abi.so.1", "libmpi.so"}
)

// launchers are those that are known, the surest sign first.
var launchers = []launcher{
	{by: "mpirun of Open MPI", marks: []string{"OMPI_COMM_WORLD_SIZE"},
		size: "OMPI_COMM_WORLD_SIZE", files: ofOpenMPI},
	{by: "a launcher of MPICH's kind (PMI)", marks: []string{"PMI_RANK", "PMI_SIZE"},
		size: "PMI_SIZE", files: ofMPICH},
	{by: "a launcher with PMIx", marks: []string{"PMIX_RANK"},
		size: "SLURM_STEP_NUM_TASKS", files: ofOpenMPI},
	{by: "srun without MPI", marks: []string{"SLURM_STEP_NUM_TASKS", "SLURM_PROCID"},
		size: "SLURM_STEP_NUM_TASKS", want: "srun --mpi=pmix (Open MPI) or --mpi=pmi2 (MPICH)"},
	{by: "torchrun", marks: []string{"MASTER_ADDR", "RANK", "WORLD_SIZE"},
		size: "WORLD_SIZE", want: "mpirun, srun --mpi=pmix or an MPIJob"},
}

// Find says what launcher the environment is of. One that has started several processes
// which cannot find each other is an error: each of them would do all the work.
func Find(getenv func(string) string) (Launch, error) {
	for _, l := range launchers {
		if !l.is(getenv) {
			continue
		}
		n, err := strconv.Atoi(getenv(l.size))
		if err != nil && getenv(l.size) != "" || n < 0 {
			return Launch{}, fmt.Errorf("launch: %s: got %s=%q, want a number of processes",
				l.by, l.size, getenv(l.size))
		}
		if l.want != "" {
			if n > 1 {
				return Launch{}, fmt.Errorf("launch: %s has started %d processes that cannot find "+
					"each other: want %s", l.by, n, l.want)
			}
			continue
		}
		found := Launch{By: l.by, Size: n, Files: l.files}
		if file := getenv(LibraryEnv); file != "" {
			found.Files = []string{file}
		}
		return found, nil
	}
	return Launch{}, nil
}

func (l launcher) is(getenv func(string) string) bool {
	for _, m := range l.marks {
		if getenv(m) == "" {
			return false
		}
	}
	return true
}

// Open opens the group of this process. It is solo without a launcher.
func Open(o comm.Options) (*comm.Group, error) {
	l, err := Find(os.Getenv)
	switch {
	case err != nil:
		return nil, err
	case l.By == "":
		return comm.Solo(), nil
	}
	t, err := mpi.Open(mpi.Options{Files: l.Files, Size: l.Size})
	if err != nil {
		return nil, fmt.Errorf("%w (started by %s; %s names a library)", err, l.By, LibraryEnv)
	}
	return comm.New(t, o), nil
}
