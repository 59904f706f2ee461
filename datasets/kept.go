package datasets

import "sync/atomic"

// kept are the pixels of samples that have been read, so that a second epoch decodes nothing.
// What is kept of a sample is what reading it again would give: it changes no value. Any
// goroutine may get and put. A nil kept keeps nothing.
type kept struct{ samples []atomic.Pointer[[]byte] }

func newKept(n int) *kept { return &kept{make([]atomic.Pointer[[]byte], n)} }

// get is the pixels of sample i, nil where they are not kept.
func (k *kept) get(i int) []byte {
	if k == nil {
		return nil
	}
	if p := k.samples[i].Load(); p != nil {
		return *p
	}
	return nil
}

// put keeps the pixels of sample i, which from then on nobody writes.
func (k *kept) put(i int, pixels []byte) {
	if k != nil {
		k.samples[i].Store(&pixels)
	}
}
