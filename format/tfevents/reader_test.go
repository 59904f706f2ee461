package tfevents

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// records takes an event file apart and verifies every checksum.
func records(t *testing.T, path string) [][]byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out [][]byte
	for len(b) > 0 {
		if len(b) < 16 {
			t.Fatalf("%d bytes at the end of %s", len(b), path)
		}
		n := binary.LittleEndian.Uint64(b)
		if got, want := binary.LittleEndian.Uint32(b[8:]), mask(bitwise(b[:8])); got != want {
			t.Fatalf("length of record %d has checksum %#x, want %#x", len(out), got, want)
		}
		if n > uint64(len(b)-16) {
			t.Fatalf("record %d has %d bytes, file has %d", len(out), n, len(b)-16)
		}
		data := b[12 : 12+n]
		if got, want := binary.LittleEndian.Uint32(b[12+n:]), mask(bitwise(data)); got != want {
			t.Fatalf("record %d has checksum %#x, want %#x", len(out), got, want)
		}
		out = append(out, data)
		b = b[16+n:]
	}
	return out
}

// bitwise is CRC-32C by its definition, and mask the format's.
func bitwise(b []byte) uint32 {
	crc := ^uint32(0)
	for _, c := range b {
		crc ^= uint32(c)
		for range 8 {
			crc = crc>>1 ^ 0x82f63b78*(crc&1)
		}
	}
	return ^crc
}

func mask(crc uint32) uint32 { return (crc>>15 | crc<<17) + 0xa282ead8 }

// fields parses a message one level deep. Each field appears once in what this
// package writes.
func fields(t *testing.T, b []byte) map[protowire.Number]any {
	t.Helper()
	out := map[protowire.Number]any{}
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		b = b[n:]
		var v any
		switch typ {
		case protowire.VarintType:
			var u uint64
			u, n = protowire.ConsumeVarint(b)
			v = int64(u)
		case protowire.Fixed32Type:
			var u uint32
			u, n = protowire.ConsumeFixed32(b)
			v = math.Float32frombits(u)
		case protowire.Fixed64Type:
			var u uint64
			u, n = protowire.ConsumeFixed64(b)
			v = math.Float64frombits(u)
		case protowire.BytesType:
			var s []byte
			s, n = protowire.ConsumeBytes(b)
			v = string(s)
		default:
			t.Fatalf("field %d has wire type %d", num, typ)
		}
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		if _, twice := out[num]; twice {
			t.Fatalf("field %d appears twice", num)
		}
		out[num] = v
		b = b[n:]
	}
	return out
}

// at follows a path of message fields.
func at(t *testing.T, b []byte, path ...protowire.Number) map[protowire.Number]any {
	t.Helper()
	for _, n := range path {
		s, ok := fields(t, b)[n].(string)
		if !ok {
			t.Fatalf("no message in field %d of % x", n, b)
		}
		b = []byte(s)
	}
	return fields(t, b)
}

// curves lists the scalars of a file as "tag step value", in order.
func curves(t *testing.T, path string) []string {
	t.Helper()
	var out []string
	for _, r := range records(t, path) {
		if _, ok := fields(t, r)[eventSummary]; !ok {
			continue
		}
		v := at(t, r, eventSummary, summaryValue)
		out = append(out, fmt.Sprint(v[valueTag], " ", fields(t, r)[eventStep], " ", v[valueSimple]))
	}
	return out
}
