// Package comm lets processes work as one: a [Group] is this process's place, its rank, among
// the Size processes of a launch, and collectives move data between all of them. Every rank
// calls the same collectives, of the same counts, in the same order.
//
//	Broadcast   x of the root becomes x of every rank
//	AllReduce   x becomes the sum (or least, or greatest) of every rank's x
//	AllGather   dst is every rank's src, one after the other, by rank
//	AllToAll    block r of dst is block Rank of rank r's src
//	Barrier     no rank goes on before every rank has come
//
// Each has a form that waits and one, Start…, that returns a [Request] at once; collectives
// run in the order in which they were started.
//
// What carries the data is a [Transport]. Solo is the group of one; comm/local is a group of
// goroutines of one process, for tests, which refuses what would hang or mix data up over a
// network; comm/mpi is MPI and comm/nccl is NCCL, both opened at run time; comm/launch chooses
// by the environment that a launcher sets. comm/commtest is the suite that each passes.
//
// A group that has failed stays so: the first error is the answer to every later call. A
// collective that is not finished by its deadline fails with an [Overdue], for a rank that
// is gone cannot be waited for and cannot be told from one that is slow.
package comm
