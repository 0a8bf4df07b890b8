/** `e`: what leaves the page, as a picture, as numbers, as code, as a bundle for another server. */
import { Button, Menu } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Braces, Download, FileCode2, Image, Package, Table2 } from "lucide-react";
import { useState } from "react";
import { grid, gridAddress } from "../../api/queries";
import { readThemeColors } from "../../components/themeColors";
import { gridSheet, toCsv, toJson, toTsv } from "../../lib/exportData";
import { heatmapSvg, svgToPng } from "../../lib/exportImage";
import { heatmapModel } from "../../lib/heatmap";
import type { LensGrid } from "../../lib/lens";
import { tokenText } from "../../lib/tokens";
import { complain } from "../-shell/complain";
import { copyText } from "../-shell/copy";
import { usePreferences } from "../-shell/preferences";
import { useLetters } from "../-shell/shortcuts";
import { download, downloadFrom } from "./download";
import { heatmapTitle } from "./HeatmapPanel";
import { useFlip, useLabel } from "./Inspector";
import { cutLayers, gridQuestion, type Material } from "./material";
import type { View } from "./params";
import type { Side } from "./sides";
import { asCurl, asPython } from "./snippets";

interface Props {
  material: Material;
  view: View;
  side: Side | undefined;
}

const fileName = ({ source }: Material, lens: string) =>
  `${"trace" in source ? source.trace.slice(0, 12) : source.conversation}-${lens}-lens`;

export function ExportMenu({ material, view, side }: Props) {
  const [open, setOpen] = useState(false);
  const client = useQueryClient();
  const label = useLabel(material);
  const [{ colormap }] = usePreferences();
  const flip = useFlip(view);
  useLetters([["e", () => setOpen(true)]]);
  const name = fileName(material, view.lens);
  const address = `${window.location.origin}${gridAddress(gridQuestion(material, view))}`;
  const text = (id: number) => tokenText(id, material.vocab);

  const read = async (): Promise<LensGrid> =>
    cutLayers(await client.ensureQueryData(grid(gridQuestion(material, view))), view.layers);
  const picture = async (): Promise<string> => {
    const colors = readThemeColors();
    const against = side && (await client.ensureQueryData(grid(gridQuestion(side.material, view, side.lens))));
    const choice = { metric: view.metric, of: view.of, vocabSize: material.model.d_vocab, scheme: colormap, against };
    const scale = { fit: view.scale === "fit", ends: { lo: view.lo, hi: view.hi } };
    const model = heatmapModel(await read(), { ...choice, ...scale }, colors);
    if (!model) throw new Error(`This reading has no ${view.metric}. Choose another metric.`);
    return heatmapSvg(model, colors, { title: heatmapTitle(material, view), label, flip });
  };
  // One at a time: a large grid is read only once, but drawing it takes a moment.
  const run = useMutation({ mutationFn: (job: () => Promise<unknown>) => job(), onError: complain });
  const sheet = async () => gridSheet(await read(), text);
  const bundle =
    "trace" in material.source
      ? `/api/traces/${material.source.trace}/export`
      : `/api/conversations/${material.source.conversation}/export`;

  return (
    <Menu opened={open} onChange={setOpen} position="bottom-end" width={230}>
      <Menu.Target>
        <Button aria-label="Export" variant="default" leftSection={<Download size={14} />} loading={run.isPending}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Heatmap of the span</Menu.Label>
        <Menu.Item
          leftSection={<Image size={14} />}
          onClick={() => run.mutate(async () => download(await svgToPng(await picture()), `${name}.png`, "image/png"))}
        >
          PNG
        </Menu.Item>
        <Menu.Item
          leftSection={<Image size={14} />}
          onClick={() => run.mutate(async () => download(await picture(), `${name}.svg`, "image/svg+xml"))}
        >
          SVG
        </Menu.Item>
        <Menu.Item
          leftSection={<Table2 size={14} />}
          onClick={() => run.mutate(async () => download(toCsv(await sheet()), `${name}.csv`, "text/csv"))}
        >
          CSV
        </Menu.Item>
        <Menu.Item
          leftSection={<Braces size={14} />}
          onClick={() => run.mutate(async () => download(toJson(await sheet()), `${name}.json`, "application/json"))}
        >
          JSON
        </Menu.Item>
        <Menu.Item leftSection={<Package size={14} />} onClick={() => downloadFrom(address, `${name}.safetensors`)}>
          safetensors
        </Menu.Item>
        <Menu.Item
          leftSection={<Table2 size={14} />}
          onClick={() => run.mutate(async () => copyText(toTsv(await sheet()), "Table copied: paste it into a sheet."))}
        >
          Copy as a table
        </Menu.Item>
        <Menu.Label>From a script</Menu.Label>
        <Menu.Item
          leftSection={<FileCode2 size={14} />}
          onClick={() => copyText(asPython(address, material, view), "Python copied.")}
        >
          Copy as Python
        </Menu.Item>
        <Menu.Item
          leftSection={<FileCode2 size={14} />}
          onClick={() => copyText(asCurl(address), "curl command copied.")}
        >
          Copy as curl
        </Menu.Item>
        <Menu.Label>For another server</Menu.Label>
        <Menu.Item leftSection={<Package size={14} />} onClick={() => downloadFrom(bundle, `${name}.microscope.json`)}>
          Bundle
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
