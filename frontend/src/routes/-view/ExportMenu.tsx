/** `e`: what leaves the page, as a picture, as numbers, as code, as a bundle for another server. */
import { Button, Menu } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Braces, Download, FileCode2, Image, Package, Table2 } from "lucide-react";
import { useState } from "react";
import { body, http } from "../../api/http";
import { grid } from "../../api/queries";
import { readThemeColors } from "../../components/themeColors";
import { gridSheet, toCsv, toJson, toTsv } from "../../lib/exportData";
import { heatmapSvg, svgToPng } from "../../lib/exportImage";
import { addressSettled } from "../../lib/following";
import { heatmapModel } from "../../lib/heatmap";
import type { LensGrid } from "../../lib/lens";
import { tokenText } from "../../lib/tokens";
import { useCommands } from "../-shell/commands";
import { complain } from "../-shell/complain";
import { copyText } from "../-shell/copy";
import { usePreferences } from "../-shell/preferences";
import { download, downloadFrom } from "./download";
import { downloadBundle } from "./downloadBundle";
import { useFlip, useLabel } from "./Inspector";
import { cutLayers, gridQuestion, type Material, outOfRange } from "./material";
import type { View } from "./params";
import type { Side } from "./sides";
import { asCurl, asPython, gridFiles, patchesSaid } from "./snippets";
import { differenceTitle, heatmapTitle } from "./titles";

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
  useCommands([{ label: "Export…", key: "e", act: () => setOpen(true) }]);
  const name = fileName(material, view.lens);
  const beyond = outOfRange(material, view);
  const files = gridFiles(window.location.origin, material, view, side);
  const textIn =
    ({ vocab }: Material) =>
    (id: number) =>
      tokenText(id, vocab);

  const read = async (): Promise<LensGrid> =>
    cutLayers(await client.ensureQueryData(grid(gridQuestion(material, view))), view.layers);
  const readOther = async () =>
    side && {
      grid: await client.ensureQueryData(grid(gridQuestion(side.material, view, side.lens))),
      of: side.material,
    };
  const picture = async (): Promise<string> => {
    const colors = readThemeColors();
    const against = (await readOther())?.grid;
    const choice = { metric: view.metric, of: view.of, vocabSize: material.model.d_vocab, scheme: colormap, against };
    const scale = { fit: view.scale === "fit", ends: { lo: view.lo, hi: view.hi } };
    const model = heatmapModel(await read(), { ...choice, ...scale }, colors);
    if (!model) throw new Error(`This reading has no ${view.metric}. Choose another metric.`);
    const sets = new Set(files.flatMap((file) => file.sets));
    const title = `${heatmapTitle(material, view, side)}${patchesSaid([...sets])}`;
    const difference = side && differenceTitle(material, side);
    return heatmapSvg(model, colors, { title, difference, label, flip });
  };
  // One at a time: a large grid is read only once, but drawing it takes a moment.
  const run = useMutation({ mutationFn: (job: () => Promise<unknown>) => job(), onError: complain });
  const sheet = async () => {
    const other = await readOther();
    const against = other && { grid: other.grid, text: textIn(other.of) };
    return gridSheet(await read(), textIn(material), against);
  };
  const bundle = async () => {
    const { source } = material;
    await addressSettled();
    const query = { search: window.location.search };
    const made =
      "trace" in source
        ? http.GET("/api/traces/{hash}/export", { params: { path: { hash: source.trace }, query } })
        : http.GET("/api/conversations/{id}/export", { params: { path: { id: source.conversation }, query } });
    return body(made);
  };

  return (
    <Menu opened={open} onChange={setOpen} position="bottom-end" width={230}>
      <Menu.Target>
        <Button aria-label="Export" variant="default" leftSection={<Download size={14} />} loading={run.isPending}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {beyond === undefined ? (
          <>
            <Menu.Label>{side ? "Heatmap of both, span and layers" : "Heatmap, span and layers"}</Menu.Label>
            <Menu.Item
              leftSection={<Image size={14} />}
              onClick={() =>
                run.mutate(async () => download(await svgToPng(await picture()), `${name}.png`, "image/png"))
              }
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
              onClick={() =>
                run.mutate(async () => download(toJson(await sheet()), `${name}.json`, "application/json"))
              }
            >
              JSON
            </Menu.Item>
            <Menu.Item
              leftSection={<Table2 size={14} />}
              onClick={() =>
                run.mutate(async () => copyText(toTsv(await sheet()), "Table copied: paste it into a sheet."))
              }
            >
              Copy as a table
            </Menu.Item>
            <Menu.Label>Heatmap, span and all layers</Menu.Label>
            {files.map((file) => (
              <Menu.Item
                key={file.name}
                leftSection={<Package size={14} />}
                onClick={() =>
                  downloadFrom(file.address, `${name}${file.name === "beside" ? "-beside" : ""}.safetensors`)
                }
              >
                safetensors{side && <bdi>: {file.title}</bdi>}
              </Menu.Item>
            ))}
            <Menu.Label>From a script</Menu.Label>
            <Menu.Item
              leftSection={<FileCode2 size={14} />}
              onClick={() => copyText(asPython(files, material.model.slug, view), "Python copied.")}
            >
              Copy as Python
            </Menu.Item>
            <Menu.Item
              leftSection={<FileCode2 size={14} />}
              onClick={() => copyText(asCurl(files), "curl command copied.")}
            >
              Copy as curl
            </Menu.Item>
          </>
        ) : (
          <Menu.Label maw={230}>{beyond}</Menu.Label>
        )}
        <Menu.Label>{side ? "For another server, both and the view" : "For another server, with the view"}</Menu.Label>
        <Menu.Item
          leftSection={<Package size={14} />}
          onClick={() => run.mutate(async () => downloadBundle(await bundle(), `${name}.microscope.json`))}
        >
          Bundle
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
