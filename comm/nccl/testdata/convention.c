// A library with the functions that package nccl calls, as nccl.h declares them. Each returns
// ncclSuccess if it was handed the numbers 1, 2, 3, … in the order of its arguments, and
// ncclInvalidArgument otherwise.
#include <stddef.h>

typedef enum { ncclSuccess = 0, ncclInvalidArgument = 4 } ncclResult_t;
typedef struct { char internal[128]; } ncclUniqueId;
typedef struct ncclComm *ncclComm_t;
typedef struct CUstream_st *cudaStream_t;
typedef int ncclDataType_t, ncclRedOp_t; // enumerations

static ncclResult_t check(int right) { return right ? ncclSuccess : ncclInvalidArgument; }
#define IS(pointer, n) ((size_t)(pointer) == (n))

ncclResult_t ncclGetVersion(int *version) { *version = 22803; return ncclSuccess; }
const char *ncclGetErrorString(ncclResult_t result) { return result == ncclInvalidArgument ? "invalid argument" : "?"; }
ncclResult_t ncclGetUniqueId(ncclUniqueId *id) {
  for (int i = 0; i < 128; i++) id->internal[i] = (char)(i + 1);
  return ncclSuccess;
}
ncclResult_t ncclCommInitRank(ncclComm_t *comm, int nranks, ncclUniqueId id, int rank) {
  int right = nranks == 2 && rank == 4;
  for (int i = 0; i < 128; i++) right = right && id.internal[i] == (char)(i + 1);
  *comm = (ncclComm_t)(size_t)0x123456789abc;
  return check(right);
}
ncclResult_t ncclCommGetAsyncError(ncclComm_t comm, ncclResult_t *error) { *error = 6; return check(IS(comm, 1)); }
ncclResult_t ncclCommAbort(ncclComm_t comm) { return check(IS(comm, 1)); }
ncclResult_t ncclCommDestroy(ncclComm_t comm) { return check(IS(comm, 1)); }
ncclResult_t ncclGroupStart(void) { return ncclSuccess; }
ncclResult_t ncclGroupEnd(void) { return ncclSuccess; }
ncclResult_t ncclAllReduce(const void *src, void *dst, size_t n, ncclDataType_t type, ncclRedOp_t op, ncclComm_t comm,
                           cudaStream_t stream) {
  return check(IS(src, 1) && IS(dst, 2) && n == 3 && type == 4 && op == 5 && IS(comm, 6) && IS(stream, 7));
}
ncclResult_t ncclBroadcast(const void *src, void *dst, size_t n, ncclDataType_t type, int root, ncclComm_t comm,
                           cudaStream_t stream) {
  return check(IS(src, 1) && IS(dst, 2) && n == 3 && type == 4 && root == 5 && IS(comm, 6) && IS(stream, 7));
}
ncclResult_t ncclAllGather(const void *src, void *dst, size_t n, ncclDataType_t type, ncclComm_t comm,
                           cudaStream_t stream) {
  return check(IS(src, 1) && IS(dst, 2) && n == 3 && type == 4 && IS(comm, 5) && IS(stream, 6));
}
ncclResult_t ncclSend(const void *src, size_t n, ncclDataType_t type, int peer, ncclComm_t comm, cudaStream_t stream) {
  return check(IS(src, 1) && n == 2 && type == 3 && peer == 4 && IS(comm, 5) && IS(stream, 6));
}
ncclResult_t ncclRecv(void *dst, size_t n, ncclDataType_t type, int peer, ncclComm_t comm, cudaStream_t stream) {
  return check(IS(dst, 1) && n == 2 && type == 3 && peer == 4 && IS(comm, 5) && IS(stream, 6));
}
