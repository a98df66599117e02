#!/usr/bin/env bash
# Brings what assets/vendor holds from its npm packages, at exactly these versions, and notes what came. Run it by
# hand to take newer ones; what is committed is what is shipped.
set -euo pipefail
cd "$(dirname "$0")/assets/vendor"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# bring PACKAGE VERSION FILE... : copies files of a package, as NAME or FROM=NAME.
bring() {
	local package=$1 version=$2
	shift 2
	local tgz
	tgz=$(cd "$work" && npm pack --silent "$package@$version")
	mkdir -p "$work/$package" "$package"
	tar -xzf "$work/$tgz" -C "$work/$package" --strip-components=1
	for f in "$@"; do
		cp "$work/$package/${f%%=*}" "$package/$(basename "${f##*=}")"
	done
	printf '%s %s (%s)\n' "$package" "$version" "$(node -p 'require(process.argv[1]).license' "$work/$package/package.json")" >>VENDOR.txt
	for f in "$package"/*; do sha256sum "$f" | sed 's/^/  /' >>VENDOR.txt; done
}

# icons NAME... : one sprite of the icons of lucide-static that the pages use.
icons() {
	{
		echo '<svg xmlns="http://www.w3.org/2000/svg"><!-- lucide-static 1.62.0, ISC: see lucide-static/LICENSE -->'
		for i in "$@"; do
			sed -e '/<!--/d' -e 's/^<svg$/<symbol/' -e "s/^  class=.*/  id=\"$i\"/" -e '/xmlns=/d' -e '/^  width=/d' -e '/^  height=/d' \
				-e 's#</svg>#</symbol>#' "$work/lucide-static/icons/$i.svg" | tr -s '\n ' ' '
			echo
		done
		echo '</svg>'
	} >lucide-static/icons.svg
	sha256sum lucide-static/icons.svg | sed 's/^/  /; s/$/ (made from icons of the package)/' >>VENDOR.txt
}

rm -rf ./*/ VENDOR.txt
cat >VENDOR.txt <<'TXT'
Vendored from npm by ../../vendor.sh, unchanged but for the sprite of icons. Licences stand beside the files.

TXT
bring uplot 1.6.32 LICENSE dist/uPlot.iife.min.js dist/uPlot.min.css
bring leaflet 1.9.4 LICENSE dist/leaflet.js dist/leaflet.css
bring topojson-client 3.1.0 LICENSE dist/topojson-client.min.js
bring idiomorph 0.8.0 LICENSE dist/idiomorph.min.js
bring lucide-static 1.62.0 LICENSE
icons activity badge-check ban bell book-open building-2 calendar-clock check chevron-down chevron-left chevron-right circle-help clipboard-check clock copy download eye file-search fingerprint git-branch globe house key-round languages layers list-checks lock log-out map map-pin menu moon pencil phone play plus power radio refresh-cw rotate-ccw scroll-text search send server shield shield-alert shield-check sliders-horizontal smartphone square-stack store sun toggle-left toggle-right trash-2 triangle-alert undo-2 unlink user user-cog users webhook wrench x
