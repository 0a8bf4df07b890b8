/** What a patch can be made of at a token: its own row of W_U, a difference, what a layer predicts, the span around it. */
import { Button, Menu } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Wrench } from "lucide-react";
import { predictionsOf } from "../../lib/lens";
import { colouredAround } from "../../lib/patchSources";
import { rangeEnds } from "../../lib/search";
import { useFeatureShade } from "../-view/featureColoring";
import { type Material, useReading } from "../-view/material";
import type { View } from "../-view/params";
import type { NewPatchSearch } from "./params";

interface Props {
  material: Material;
  position: number;
  view: View;
  label: (id: number) => string;
}

/** Pinned tokens that a difference is offered with. */
const PINS = 3;

interface Way {
  key: string;
  says: string;
  search: Partial<NewPatchSearch>;
}

export function MakePatch({ material, position, view, label }: Props) {
  const { source, ids, model } = material;
  const { lens } = useReading(material, view, position);
  const shade = useFeatureShade(material, view.feature);
  const id = ids[position];
  if (id === undefined) return null;
  const layer = typeof view.layer === "number" ? view.layer : undefined;
  const site = layer === undefined ? undefined : `L${layer}.resid_post`;
  const row = { from: "unembedding", site } as const;
  const index = layer === undefined ? -1 : (lens?.layers.indexOf(layer) ?? -1);
  const predicted = lens && index >= 0 ? predictionsOf(lens, index)[0]?.id : undefined;
  const [first, last] = rangeEnds(view.span) ?? colouredAround(shade?.coloring?.values ?? [], position);
  const ways: readonly Way[] = [
    { key: "token", says: `Token ${label(id)}: its row of W_U`, search: { ...row, token: id } },
    ...view.pins
      .filter((pin) => pin !== id)
      .slice(0, PINS)
      .map((pin) => ({
        key: `less ${pin}`,
        says: `${label(id)} less the pinned ${label(pin)}`,
        search: { ...row, token: id, minus: pin },
      })),
    ...(predicted === undefined || predicted === id
      ? []
      : [
          { key: "cell", says: `${label(predicted)}, as L${layer} predicts`, search: { ...row, token: predicted } },
          {
            key: "cell less token",
            says: `${label(predicted)} less ${label(id)}`,
            search: { ...row, token: predicted, minus: id },
          },
        ]),
    {
      key: "span",
      says: `${first === last ? `Token ${first}` : `Tokens ${first} to ${last}`} less the rest of the text`,
      search: { from: "span", site, span: `${first}-${last}` },
    },
  ];
  const seen = "trace" in source ? { trace: source.trace, position } : { conversation: source.conversation, position };
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <Button variant="default" size="compact-xs" leftSection={<Wrench size={12} />}>
          Make a patch
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {ways.map(({ key, says, search }) => (
          <Menu.Item
            key={key}
            renderRoot={(props) => (
              <Link {...props} to="/patches/new" search={{ ...search, ...seen, model: model.slug }} />
            )}
          >
            <bdi>{says}</bdi>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
