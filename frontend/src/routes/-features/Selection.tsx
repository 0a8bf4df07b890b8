/** What is done with selected features: kept as a list, brought back from one, let go. */
import { Button, Group, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Eye, FileJson, List, ListPlus, Trash2 } from "lucide-react";
import { featureKeys, featureLists, neuronpediaOf } from "../../api/features";
import { body, http } from "../../api/http";
import type { Dictionary, FeatureList } from "../../api/types";
import { WordPopover } from "../../components/WordPopover";
import { complain } from "../-shell/complain";
import { undoToast } from "../-shell/undo";
import { counted } from "../-shell/words";
import { download } from "../-view/download";
import { ExplainMenu } from "./ExplainMenu";

interface Props {
  dictionary: Dictionary;
  selected: ReadonlySet<string>;
  setSelected: (keys: ReadonlySet<string>) => void;
  /** Shows a list's features alone. */
  show: (list: string) => void;
}

export function Selection({ dictionary, selected, setSelected, show }: Props) {
  const { sae } = dictionary;
  const { data: lists } = useQuery(featureLists(sae));
  const client = useQueryClient();
  const refresh = () => client.invalidateQueries({ queryKey: featureKeys.of(sae) });
  const giveOut = useMutation({
    mutationFn: async (indices: readonly number[]) => {
      const batch = await client.fetchQuery(neuronpediaOf(sae, indices));
      download(`${JSON.stringify(batch, null, 1)}\n`, `${sae}.neuronpedia.json`, "application/json");
      const left = indices.length - batch.features.length;
      if (left > 0)
        notifications.show({
          message: `${counted(left, "feature")} without an example left out: Neuronpedia takes none.`,
        });
    },
    onError: complain,
  });
  const create = (title: string, indices: readonly number[]) =>
    body(http.POST("/api/feature-lists", { body: { sae, title, indices: [...indices] } })).then(refresh, complain);
  const add = (list: FeatureList) => {
    const change = { title: null, add: [...selected].map(Number), remove: [] };
    body(http.PATCH("/api/feature-lists/{id}", { params: { path: { id: list.id } }, body: change }))
      .then(() => {
        notifications.show({ message: `${counted(selected.size, "feature")} added to “${list.title}”.` });
        return refresh();
      })
      .catch(complain);
  };
  const remove = (list: FeatureList) =>
    body(http.DELETE("/api/feature-lists/{id}", { params: { path: { id: list.id } } }))
      .then(() => {
        undoToast(`The list “${list.title}” is gone.`, () => create(list.title, list.indices));
        return refresh();
      })
      .catch(complain);
  return (
    <Group gap={6}>
      {selected.size > 0 && (
        <>
          <span>{selected.size} selected</span>
          <WordPopover
            icon={<ListPlus size={12} />}
            label="Name of the list"
            submit="Save"
            maxLength={200}
            onWord={(title) => create(title, [...selected].map(Number))}
          >
            Save as list…
          </WordPopover>
          <ExplainMenu dictionary={dictionary} indices={[...selected].map(Number)} size="compact-xs" />
          <Button
            variant="default"
            size="compact-xs"
            leftSection={<FileJson size={12} />}
            loading={giveOut.isPending}
            title="As Neuronpedia's upload takes them, at most 128 at a time"
            onClick={() => giveOut.mutate([...selected].map(Number))}
          >
            Neuronpedia JSON
          </Button>
          <Button variant="subtle" color="gray" size="compact-xs" onClick={() => setSelected(new Set())}>
            Clear
          </Button>
        </>
      )}
      {(lists?.length ?? 0) > 0 && (
        <Menu position="bottom-start" width={280}>
          <Menu.Target>
            <Button variant="default" size="compact-xs" leftSection={<List size={12} />}>
              Lists
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {lists?.map((list) => (
              <Menu.Sub key={list.id}>
                <Menu.Sub.Target>
                  <Menu.Sub.Item>
                    {list.title} <span className="mute">{list.indices.length}</span>
                  </Menu.Sub.Item>
                </Menu.Sub.Target>
                <Menu.Sub.Dropdown>
                  <Menu.Item leftSection={<Eye size={12} />} onClick={() => show(list.id)}>
                    Show its features alone
                  </Menu.Item>
                  <Menu.Item
                    leftSection={<List size={12} />}
                    onClick={() => setSelected(new Set(list.indices.map(String)))}
                  >
                    Select its features
                  </Menu.Item>
                  <Menu.Item
                    leftSection={<ListPlus size={12} />}
                    disabled={selected.size === 0}
                    onClick={() => add(list)}
                  >
                    Add the selected ones
                  </Menu.Item>
                  <Menu.Item color="red" leftSection={<Trash2 size={12} />} onClick={() => remove(list)}>
                    Delete
                  </Menu.Item>
                </Menu.Sub.Dropdown>
              </Menu.Sub>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
    </Group>
  );
}
