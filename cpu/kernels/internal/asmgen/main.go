package main

import (
	"flag"
	"fmt"
	"go/format"
	"log"
	"os"
	"path/filepath"
)

func main() {
	log.SetFlags(0)
	dir := flag.String("dir", ".", "the directory of package kernels")
	flag.Parse()
	files, err := generate()
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(*dir, f.name), f.text, 0o666); err != nil {
			log.Fatal(err)
		}
	}
}

// generate returns the four files, or the first fault of a kernel.
func generate() ([]output, error) {
	tiles, vectors := tileFunctions(), vectorFunctions()
	for _, f := range append(append([]*function{}, tiles...), vectors...) {
		if err := f.check(); err != nil {
			return nil, fmt.Errorf("asmgen: %s: %w", f.name, err)
		}
	}
	files := []output{
		{"gemm_amd64.s", assembly(tileTables(), tiles)},
		{"gemm_amd64.go", tileDeclarations()},
		{"vec_amd64.s", assembly(vectorTables(), vectors)},
		{"vec_amd64.go", vectorDeclarations(vectors)},
	}
	for i := range files {
		if filepath.Ext(files[i].name) != ".go" {
			continue
		}
		text, err := format.Source(files[i].text)
		if err != nil {
			return nil, fmt.Errorf("asmgen: %s: %w", files[i].name, err)
		}
		files[i].text = text
	}
	return files, nil
}
