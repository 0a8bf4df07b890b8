/** `e`: what leaves a feature's page, and what comes in. */
import { Button, FileButton, Menu, Modal } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Braces, Download, FileInput, FileJson, Link2 } from "lucide-react";
import { useRef, useState } from "react";
import { featureKeys, neuronpediaOf } from "../../api/features";
import { takeIn } from "../../api/neuronpedia";
import type { Feature } from "../../api/types";
import { JsonTree } from "../../components/JsonTree";
import { partsOf, textOf } from "../../lib/neuronpedia";
import { useCommands } from "../-shell/commands";
import { complain } from "../-shell/complain";
import { copyText } from "../-shell/copy";
import { download } from "../-view/download";
import { imported } from "./imported";

const pretty = (value: unknown) => `${JSON.stringify(value, null, 1)}\n`;

export function FeatureExport({ feature }: { feature: Feature }) {
  const [open, setOpen] = useState(false);
  const [raw, setRaw] = useState(false);
  const client = useQueryClient();
  const reset = useRef<() => void>(null);
  useCommands([
    { label: "Export…", key: "e", act: () => setOpen(true) },
    { label: "Raw JSON of the feature", key: "j", act: () => setRaw(true) },
  ]);
  const { sae } = feature.dictionary;
  const { index } = feature.row;
  const name = `${sae}-${index}`;
  const run = useMutation({ mutationFn: (job: () => Promise<unknown>) => job(), onError: complain });
  const save = async () =>
    download(
      pretty(await client.fetchQuery(neuronpediaOf(sae, [index]))),
      `${name}.neuronpedia.json`,
      "application/json",
    );
  const bring = async (file: File | null) => {
    reset.current?.();
    if (!file) return;
    const done = await takeIn(sae, partsOf(await textOf(file)));
    await client.invalidateQueries({ queryKey: featureKeys.of(sae) });
    notifications.show({ message: imported(done), autoClose: done.long.length > 0 ? false : 5000 });
  };
  return (
    <>
      <Menu opened={open} onChange={setOpen} position="bottom-end" width={240} keepMounted>
        <Menu.Target>
          <Button aria-label="Export" variant="default" leftSection={<Download size={14} />} loading={run.isPending}>
            Export
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<Braces size={14} />} onClick={() => setRaw(true)}>
            Raw JSON
          </Menu.Item>
          <Menu.Item
            leftSection={<Download size={14} />}
            onClick={() => download(pretty(feature), `${name}.json`, "application/json")}
          >
            JSON
          </Menu.Item>
          <Menu.Item leftSection={<FileJson size={14} />} onClick={() => run.mutate(save)}>
            Neuronpedia JSON
          </Menu.Item>
          <Menu.Item leftSection={<Link2 size={14} />} onClick={() => copyText(feature.id, "Name copied.")}>
            Copy its name
          </Menu.Item>
          <Menu.Divider />
          <FileButton
            resetRef={reset}
            accept="application/json,.json,.jsonl,.gz"
            onChange={(file) => run.mutate(() => bring(file))}
          >
            {(props) => (
              <Menu.Item {...props} closeMenuOnClick={false} leftSection={<FileInput size={14} />}>
                Import Neuronpedia labels…
              </Menu.Item>
            )}
          </FileButton>
        </Menu.Dropdown>
      </Menu>
      <Modal opened={raw} onClose={() => setRaw(false)} title={feature.id} size="xl">
        <JsonTree
          value={JSON.parse(JSON.stringify(feature))}
          label={`JSON of ${feature.id}`}
          depth={1}
          onCopy={copyText}
        />
      </Modal>
    </>
  );
}
