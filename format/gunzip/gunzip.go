// Package gunzip reads gzip files as gunzip and Python's gzip do, which is more
// than compress/gzip reads: RFC 1952 ends with the last member, and files go on.
//
//	several members             their contents, one after the other
//	zeros behind a member       passed over, to the end (tapes and blocks pad so) or to the next member
//	anything else behind one    ignored, as gunzip does with a warning
//
// Behind a member, the two bytes 1f 8b begin another, which must then be whole.
// Every member's checksum and length are verified: the reader returns io.EOF only
// after that. In one thing it is stricter than gunzip: a name or a comment in a
// header is of at most 511 bytes, the limit of compress/gzip, which reads the members.
package gunzip

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
)

// Zipped reports whether a file that begins with head is gzipped, as far as two
// bytes tell.
func Zipped(head []byte) bool { return len(head) >= 2 && head[0] == 0x1f && head[1] == 0x8b }

// Reader is the content of a gzip file. It takes some 50 KB, whatever the content.
type Reader struct {
	in  *bufio.Reader
	zip *gzip.Reader // of the present member
	err error        // what every later Read returns
}

// NewReader reads the header of the first member.
func NewReader(r io.Reader) (*Reader, error) {
	in := bufio.NewReader(r) // gzip takes single bytes of it, and none behind a member's end
	zip, err := gzip.NewReader(in)
	if err != nil {
		return nil, fmt.Errorf("gunzip: NewReader: %w", noEOF(err))
	}
	zip.Multistream(false)
	return &Reader{in: in, zip: zip}, nil
}

// Read is that of [io.Reader]. After an error it returns that error.
func (r *Reader) Read(b []byte) (int, error) {
	for r.err == nil {
		n, err := r.zip.Read(b)
		if err == io.EOF {
			err = r.next()
		} else if err != nil {
			err = fmt.Errorf("gunzip: %w", err)
		}
		r.err = err
		if n > 0 || len(b) == 0 {
			return n, nil
		}
	}
	return 0, r.err
}

// next opens the member behind the one that has ended. It returns io.EOF where
// there is none.
func (r *Reader) next() error {
	for {
		head, err := r.in.Peek(2)
		switch {
		case err != nil && err != io.EOF:
			return fmt.Errorf("gunzip: behind a member: %w", err)
		case len(head) > 0 && head[0] == 0:
			r.in.Discard(1)
		case !Zipped(head) && string(head) != "\x1f": // which is a member that is cut
			return io.EOF
		default:
			if err := r.zip.Reset(r.in); err != nil {
				return fmt.Errorf("gunzip: the header of a further member: %w", noEOF(err))
			}
			r.zip.Multistream(false)
			return nil
		}
	}
}

// noEOF is the error of a header that is cut, which is no end of a file.
func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
