/** `v`: what this is put beside. */
import { Button, Menu, Modal, Stack, Textarea } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Columns2 } from "lucide-react";
import { useState } from "react";
import { body, http } from "../../api/http";
import { conversations, traces } from "../../api/queries";
import { asTrouble } from "../../api/trouble";
import { TroubleNote } from "../../components/States";
import { truncateMiddle } from "../../lib/format";
import { setsOf } from "../../lib/patchRail";
import { useCommands } from "../-shell/commands";
import { useHere } from "../-shell/here";
import { titled } from "../-shell/words";
import type { Material } from "./material";
import type { Change, View } from "./params";
import { BASE } from "./sides";
import { titleOf } from "./text";

interface Props {
  material: Material;
  view: View;
  change: Change;
  /** Offer conversations: on the chat page. Another text is offered on the lens page. */
  withConversations: boolean;
}

/** Some of it was run, or said, with patches. */
const isPatched = ({ patches, turns }: Material): boolean => patches !== null || setsOf(turns).length > 0;

export function CompareMenu({ material, view, change, withConversations }: Props) {
  const [open, setOpen] = useState(false);
  const [asking, setAsking] = useState(false);
  const { slug } = material.model;
  const { data: spoken } = useQuery({ ...conversations(), enabled: withConversations });
  const { data: texts } = useQuery({ ...traces(slug), enabled: open && !withConversations });
  useCommands([
    { label: "Compare with…", key: "v", act: () => setOpen(true) },
    ...(view.vs === undefined ? [] : [{ label: "Stop comparing", act: () => change({ vs: undefined }) }]),
  ]);
  const other = view.lens === "logit" ? "tuned" : "logit";
  const own = "conversation" in material.source ? material.source.conversation : material.source.trace;
  // What the list of conversations has fetched is at hand on every page; it is offered on its own.
  const rows = withConversations
    ? (spoken?.items ?? []).flatMap(({ id, title, model }) =>
        model === slug ? [{ id, title: truncateMiddle(titled(title), 60) }] : [],
      )
    : (texts ?? []).map(({ hash, begins, n_tokens, patches }) => ({
        id: hash,
        title: titleOf(begins, material.vocab, n_tokens > begins.length, patches),
      }));
  const others = rows.filter(({ id }) => id !== own).slice(0, 12);
  const menu = (
    <Menu opened={open} onChange={setOpen} position="bottom-end">
      <Menu.Target>
        <Button aria-label="Compare" variant={view.vs ? "light" : "default"} leftSection={<Columns2 size={14} />}>
          Compare
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {view.vs !== undefined && <Menu.Item onClick={() => change({ vs: undefined })}>Stop comparing</Menu.Item>}
        <Menu.Label>Same tokens</Menu.Label>
        <Menu.Item disabled={!material.model.lenses.includes(other)} onClick={() => change({ vs: `lens:${other}` })}>
          {view.lens} lens beside {other} lens
        </Menu.Item>
        {isPatched(material) && <Menu.Item onClick={() => change({ vs: BASE })}>beside the model as it is</Menu.Item>}
        {(others.length > 0 || !withConversations) && (
          <Menu.Label>{withConversations ? "Another conversation" : "Another text"}</Menu.Label>
        )}
        {others.map(({ id, title }) => (
          <Menu.Item key={id} onClick={() => change({ vs: id })}>
            <bdi>{title}</bdi>
          </Menu.Item>
        ))}
        {!withConversations && <Menu.Item onClick={() => setAsking(true)}>A text, or the link of a trace…</Menu.Item>}
      </Menu.Dropdown>
    </Menu>
  );
  return (
    <>
      {menu}
      {asking && <OtherText material={material} change={change} close={() => setAsking(false)} />}
    </>
  );
}

/** The hash at the end of a trace's address, or alone. */
const TRACE = /^(?:\S*\/lens\/)?([\da-f]{16})(?:\?\S*)?$/;

/** A text is run through the same model; a trace is found by its link. */
function OtherText({ material, change, close }: Pick<Props, "material" | "change"> & { close: () => void }) {
  const [text, setText] = useState("");
  const run = useMutation({
    mutationFn: async (asked: string) => {
      const named = TRACE.exec(asked.trim())?.[1];
      if (named) return named;
      const request = { model: material.model.slug, text: asked, ids: null, conversation: null };
      return (await body(http.POST("/api/traces", { body: request }))).hash;
    },
    onMutate: useHere(),
    onSuccess: (hash, _, here) => {
      close();
      if (here()) change({ vs: hash });
    },
  });
  return (
    <Modal opened onClose={close} title="Compare with another text" size="lg">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          run.mutate(text);
        }}
      >
        <Stack gap={12}>
          <Textarea
            data-autofocus
            autosize
            minRows={2}
            maxRows={10}
            aria-label="Other text"
            placeholder="The capital of Italy is"
            value={text}
            classNames={{ input: "mono" }}
            onChange={(event) => setText(event.currentTarget.value)}
            spellCheck={false}
          />
          <span className="mute">
            Positions stand against each other from the first token on. A text is run through {material.model.slug}; the
            link of a trace opens it as it was.
          </span>
          {run.error && <TroubleNote trouble={asTrouble(run.error)} />}
          <Button type="submit" ml="auto" disabled={!text.trim()} loading={run.isPending}>
            Compare
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
