package mpi

import (
	"strings"

	"github.com/stillfield/stillfield/comm"
)

// abi is how a family of libraries passes what MPI leaves to them: handles, special
// addresses and levels of threading.
type abi struct {
	name         string
	world        uintptr
	types        [4]uintptr // by comm.Type
	ops          [3]uintptr // by comm.Op
	inPlace      uintptr
	ignore       uintptr // MPI_STATUS_IGNORE
	errorsReturn uintptr
	serialized   int32
}

// mpich is the ABI that MPICH shares with Intel MPI, MVAPICH and Cray MPICH: handles are
// numbers.
var mpich = abi{
	name:  "MPICH",
	world: 0x44000000,
	types: [...]uintptr{comm.Byte: 0x4c00010d, comm.Int64: 0x4c00083a, comm.Float32: 0x4c00040a,
		comm.Float64: 0x4c00080b},
	ops:          [...]uintptr{comm.Sum: 0x58000003, comm.Min: 0x58000002, comm.Max: 0x58000001},
	inPlace:      ^uintptr(0),
	ignore:       1,
	errorsReturn: 0x54000001,
	serialized:   2,
}

// standard is the ABI of MPI 5 (mpi-forum/mpi-abi-stubs, version 1.0): handles are small
// numbers. MPICH 5.0 has it beside its own.
var standard = abi{
	name:         "MPI 5",
	world:        0x101,
	types:        [...]uintptr{comm.Byte: 0x247, comm.Int64: 0x258, comm.Float32: 0x210, comm.Float64: 0x214},
	ops:          [...]uintptr{comm.Sum: 0x21, comm.Min: 0x22, comm.Max: 0x23},
	inPlace:      1,
	ignore:       0,
	errorsReturn: 0x142,
	serialized:   2048,
}

// openMPI is the ABI of Open MPI: handles are addresses of the library's variables, which
// symbol finds, 0 where it has none.
func openMPI(symbol func(name string) uintptr) abi {
	return abi{
		name:  "Open MPI",
		world: symbol("ompi_mpi_comm_world"),
		types: [...]uintptr{comm.Byte: symbol("ompi_mpi_byte"), comm.Int64: symbol("ompi_mpi_int64_t"),
			comm.Float32: symbol("ompi_mpi_float"), comm.Float64: symbol("ompi_mpi_double")},
		ops: [...]uintptr{comm.Sum: symbol("ompi_mpi_op_sum"), comm.Min: symbol("ompi_mpi_op_min"),
			comm.Max: symbol("ompi_mpi_op_max")},
		inPlace:      1,
		ignore:       0,
		errorsReturn: symbol("ompi_mpi_errors_return"),
		serialized:   2,
	}
}

// abiOf recognises a library by its file, its symbols and what it calls itself.
func abiOf(file, version string, symbol func(name string) uintptr) (abi, bool) {
	switch {
	case strings.Contains(file, "mpi_abi"):
		return standard, true
	case symbol("ompi_mpi_comm_world") != 0:
		return openMPI(symbol), true
	}
	for _, of := range []string{"MPICH", "Intel(R) MPI", "MVAPICH"} {
		if strings.Contains(version, of) {
			return mpich, true
		}
	}
	return abi{}, false
}

// title is the name and number in what a library calls itself, which may go on for pages.
func title(version string) string {
	line, _, _ := strings.Cut(strings.TrimRight(version, "\x00"), "\n")
	line, _, _ = strings.Cut(line, ", ")
	return strings.Join(strings.Fields(line), " ")
}
