package datasets

import (
	"errors"
	"sync"
	"testing"
)

// Pages are decoded once while they fit, again when they were dropped, and never kept beyond the
// limit; what cannot be decoded is tried again.
func TestPageCache(t *testing.T) {
	const pages, each = 10, 100 + 24
	var lock sync.Mutex
	decoded, broken := map[int]int{}, errors.New("broken")
	c := newPageCache(4*each, func(page int) ([][]byte, error) {
		lock.Lock()
		defer lock.Unlock()
		if decoded[page]++; page == 9 && decoded[page] == 1 {
			return nil, broken
		}
		return [][]byte{make([]byte, 100)}, nil
	})
	for range 3 {
		for page := range 4 {
			if _, err := c.get(page); err != nil || decoded[page] != 1 {
				t.Fatalf("page %d is decoded %d times, error %v", page, decoded[page], err)
			}
		}
	}
	if _, err := c.get(4); err != nil || c.bytes != 4*each {
		t.Errorf("%d bytes are kept, want %d, error %v", c.bytes, 4*each, err)
	}
	if c.get(1); decoded[1] != 1 {
		t.Error("a page used lately is dropped before one used long ago")
	}
	if c.get(0); decoded[0] != 2 {
		t.Error("the page used longest ago is not dropped")
	}
	if _, err := c.get(9); err != broken {
		t.Errorf("a page that cannot be decoded: %v", err)
	}
	if _, err := c.get(9); err != nil {
		t.Errorf("the same page later: %v", err)
	}
	var readers sync.WaitGroup
	for r := range 8 {
		readers.Go(func() {
			for k := range 200 {
				if v, err := c.get((k*7 + r) % pages); err != nil || len(v) != 1 {
					t.Errorf("%d values, error %v", len(v), err)
				}
			}
		})
	}
	readers.Wait()
	if c.bytes > 4*each || c.used.Len() != len(c.pages) {
		t.Errorf("%d bytes and %d pages of %d are kept", c.bytes, c.used.Len(), len(c.pages))
	}
}
