package datasets

import (
	"container/list"
	"sync"
)

// pageCache keeps the pages of a column that were decoded last, up to a number of bytes. Any
// goroutine may get a page; one that several want is decoded once.
type pageCache struct {
	limit  int
	decode func(page int) ([][]byte, error)

	lock  sync.Mutex
	pages map[int]*list.Element
	used  list.List // of *cachedPage, the last used in front
	bytes int
}

// A cachedPage is decoded under its own lock, so that others can be got meanwhile.
type cachedPage struct {
	number int
	once   sync.Once
	values [][]byte
	err    error
	bytes  int
}

func newPageCache(limit int, decode func(page int) ([][]byte, error)) *pageCache {
	return &pageCache{limit: limit, decode: decode, pages: map[int]*list.Element{}}
}

// get is the values of a page. The newest is kept even where it alone is over the limit.
func (c *pageCache) get(number int) ([][]byte, error) {
	c.lock.Lock()
	e := c.pages[number]
	if e == nil {
		e = c.used.PushFront(&cachedPage{number: number})
		c.pages[number] = e
	}
	c.used.MoveToFront(e)
	p := e.Value.(*cachedPage)
	c.lock.Unlock()
	p.once.Do(func() {
		p.values, p.err = c.decode(number)
		c.account(p)
	})
	return p.values, p.err
}

// account counts a page that has been decoded, and drops those used longest ago. One that could not
// be decoded is dropped too, to be tried again.
func (c *pageCache) account(p *cachedPage) {
	const slice = 24 // bytes that one takes beside what it holds
	bytes := 0
	for _, v := range p.values {
		bytes += len(v) + slice
	}
	c.lock.Lock()
	defer c.lock.Unlock()
	if p.err != nil {
		c.used.Remove(c.pages[p.number])
		delete(c.pages, p.number)
		return
	}
	p.bytes = bytes
	c.bytes += bytes
	for e := c.used.Back(); e != nil && c.bytes > c.limit; {
		old, before := e.Value.(*cachedPage), e.Prev()
		if old != p && old.bytes > 0 { // those without are being decoded
			c.bytes -= old.bytes
			c.used.Remove(e)
			delete(c.pages, old.number)
		}
		e = before
	}
}
