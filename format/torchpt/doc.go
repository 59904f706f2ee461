// Package torchpt reads the tensors of a file that torch.save wrote, executing nothing.
//
// Such a file is a zip archive, with every entry stored as it is, below one folder:
//
//	data.pkl     a pickle of what was saved; a tensor names its storage, offset, shape and strides
//	data/KEY     the bytes of one storage
//	byteorder    "little" or "big"; this package reads little
//
// What was saved must be a dictionary of tensors, as Module.state_dict makes it, or a
// dictionary of such dictionaries, as training programs keep them: {"model": …, "ema": …,
// "opt": …, "args": …}. The tensors of each are a part of the file; what is neither a tensor
// nor a dictionary of them is passed over.
//
// # Trust
//
// The pickle may name the classes in a closed list and no other, and none of them is
// executed: see package pickle. It has at most 64 MB. No storage is read before a tensor of
// it is, and no length is believed before it is compared with the entry's, nor the entry's
// before it is compared with the file's; a compressed entry, which may grow to anything, is
// refused. Each storage is held to its checksum as it is read.
package torchpt
