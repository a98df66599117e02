package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

//go:embed assets
var assetFiles embed.FS

// assets are scripts, styles and pictures. Each is asked for with a digest of its content, and so kept for ever by
// browsers that asked with the right one.
type assets struct{ files map[string]asset }

type asset struct {
	plain, packed []byte // packed is empty where packing does not help
	digest, kind  string
}

func readAssets() (*assets, error) {
	a := &assets{map[string]asset{}}
	return a, fs.WalkDir(assetFiles, "assets", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(assetFiles, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(b)
		a.files["/"+name] = asset{b, pack(b), hex.EncodeToString(sum[:8]), kindOf(name)}
		return nil
	})
}

// kindOf is the media type by a file's ending; the machine's own tables have no say.
func kindOf(name string) string {
	switch ext := path.Ext(name); ext {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".json":
		return "application/json"
	case ".txt", "":
		return "text/plain; charset=utf-8"
	default:
		return mime.TypeByExtension(ext)
	}
}

func pack(b []byte) []byte {
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // a level that there is
	_, _ = z.Write(b)                                       // a buffer takes everything
	_ = z.Close()
	if out.Len() > len(b)*9/10 {
		return nil
	}
	return out.Bytes()
}

// url is the address of a file below assets, with its digest.
func (a *assets) url(name string) string {
	f, ok := a.files["/assets/"+name]
	if !ok {
		return "/assets/" + name + "?missing"
	}
	return "/assets/" + name + "?" + f.digest
}

// ServeHTTP answers with a file.
func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, ok := a.files[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Vary", "Accept-Encoding")
	h.Set("ETag", `"`+f.digest+`"`)
	h.Set("Cache-Control", "no-cache")
	if r.URL.RawQuery == f.digest {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if r.Header.Get("If-None-Match") == `"`+f.digest+`"` {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if f.packed != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		_, _ = w.Write(f.packed)
		return
	}
	_, _ = w.Write(f.plain)
}
