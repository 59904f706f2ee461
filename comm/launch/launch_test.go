package launch

import (
	"slices"
	"strings"
	"testing"
)

// Each launcher is known by its environment, and what starts processes that cannot find each
// other is refused.
func TestFind(t *testing.T) {
	for _, c := range []struct {
		name, env string
		by        string
		size      int
		files     []string
		refused   string
	}{
		{name: "none", env: "HOME=/root"},
		{name: "Open MPI", env: "OMPI_COMM_WORLD_SIZE=4 PMIX_RANK=1",
			by: "mpirun of Open MPI", size: 4, files: ofOpenMPI},
		{name: "Hydra", env: "PMI_RANK=0 PMI_SIZE=2",
			by: "a launcher of MPICH's kind (PMI)", size: 2, files: ofMPICH},
		{name: "srun, PMIx", env: "PMIX_RANK=3 SLURM_STEP_NUM_TASKS=8 SLURM_PROCID=3 SLURM_NTASKS=8",
			by: "a launcher with PMIx", size: 8, files: ofOpenMPI},
		{name: "srun, PMI-2", env: "PMI_RANK=3 PMI_SIZE=8 SLURM_STEP_NUM_TASKS=8 SLURM_PROCID=3",
			by: "a launcher of MPICH's kind (PMI)", size: 8, files: ofMPICH},
		{name: "PMIx alone", env: "PMIX_RANK=0", by: "a launcher with PMIx", files: ofOpenMPI},
		{name: "a named library", env: "OMPI_COMM_WORLD_SIZE=4 STILLFIELD_MPI=/opt/mpi/lib/libmpi.so",
			by: "mpirun of Open MPI", size: 4, files: []string{"/opt/mpi/lib/libmpi.so"}},
		{name: "a batch script", env: "SLURM_NTASKS=8 SLURM_PROCID=0 SLURM_JOB_ID=3"},
		{name: "srun of one", env: "SLURM_STEP_NUM_TASKS=1 SLURM_PROCID=0"},
		{name: "srun without MPI", env: "SLURM_STEP_NUM_TASKS=8 SLURM_PROCID=0",
			refused: "launch: srun without MPI has started 8 processes that cannot find each other"},
		{name: "torchrun", env: "MASTER_ADDR=h MASTER_PORT=1 RANK=0 WORLD_SIZE=2",
			refused: "launch: torchrun has started 2 processes"},
		{name: "no number", env: "OMPI_COMM_WORLD_SIZE=many",
			refused: `mpirun of Open MPI: got OMPI_COMM_WORLD_SIZE="many", want a number of processes`},
		{name: "less than none", env: "PMI_RANK=0 PMI_SIZE=-1", refused: `got PMI_SIZE="-1"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			env := map[string]string{}
			for _, v := range strings.Fields(c.env) {
				name, value, _ := strings.Cut(v, "=")
				env[name] = value
			}
			l, err := Find(func(name string) string { return env[name] })
			if c.refused != "" {
				if err == nil || !strings.Contains(err.Error(), c.refused) {
					t.Errorf("got %+v, %v, want %q", l, err, c.refused)
				}
				return
			}
			if err != nil || l.By != c.by || l.Size != c.size || !slices.Equal(l.Files, c.files) {
				t.Errorf("got %+v, %v, want %s, %d, %v", l, err, c.by, c.size, c.files)
			}
		})
	}
}
