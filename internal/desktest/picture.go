package desktest

import (
	"bytes"
	"cmp"
	"context"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Zone makes the browser's clock one of a time zone, like "Asia/Kolkata".
func (p *Person) Zone(name string) {
	p.t.Helper()
	call(p, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: name})
}

// Picture takes a picture of the page for a document: as high as the page, but not higher than so many pixels, and
// small as a file.
func (p *Person) Picture(file string, height int) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 2*time.Minute)
	defer cancel()
	b, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		p.t.Fatal(err)
	}
	full, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		p.t.Fatal(err)
	}
	r := full.Bounds()
	r.Max.Y = min(r.Max.Y, r.Min.Y+height)
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, paletted(full, r)); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// paletted keeps those colours of a part of a picture that most of it has, and takes the nearest for the others: of a
// page nobody sees the difference.
func paletted(full image.Image, part image.Rectangle) *image.Paletted {
	flat := image.NewRGBA(part)
	draw.Draw(flat, part, full, part.Min, draw.Src)
	counts := map[color.RGBA]int{}
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			counts[flat.RGBAAt(x, y)]++
		}
	}
	palette := frequent(counts)
	nearest := map[color.RGBA]uint8{}
	for c := range counts {
		nearest[c] = uint8(palette.Index(c))
	}
	p := image.NewPaletted(part, palette)
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			p.SetColorIndex(x, y, nearest[flat.RGBAAt(x, y)])
		}
	}
	return p
}

// colours is how many a picture keeps, and apart how far those must be from each other at least, in steps of a channel.
const (
	colours = 64
	apart   = 12
)

// frequent are the colours that occur most, without those that hardly differ from one that occurs more.
func frequent(counts map[color.RGBA]int) (list color.Palette) {
	all := slices.SortedFunc(maps.Keys(counts), func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), bytes.Compare([]byte{a.R, a.G, a.B}, []byte{b.R, b.G, b.B}))
	})
	for i, c := range all {
		if i >= 24 && slices.ContainsFunc(list, func(k color.Color) bool { return near(k.(color.RGBA), c) }) {
			continue
		}
		if list = append(list, c); len(list) == colours {
			break
		}
	}
	return list
}

func near(a, b color.RGBA) bool {
	d := func(x, y uint8) int { return max(int(x)-int(y), int(y)-int(x)) }
	return d(a.R, b.R)+d(a.G, b.G)+d(a.B, b.B) < apart
}
