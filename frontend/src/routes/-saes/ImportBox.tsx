/** An SAE that lies elsewhere: by its path on the server's machine, a zip's too, or its hub id. */
import { Button, NumberInput, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Import } from "lucide-react";
import { type FormEvent, useState } from "react";
import { saeCard, saeKeys } from "../../api/saes";
import { asTrouble, type Trouble } from "../../api/trouble";
import type { SaeCard } from "../../api/types";
import { TroubleNote } from "../../components/States";
import { complain } from "../-shell/complain";
import { useHere } from "../-shell/here";
import { importSae } from "./actions";
import classes from "./Saes.module.css";

export function ImportBox() {
  const [source, setSource] = useState("");
  const [layer, setLayer] = useState<number | null>(null);
  const [site, setSite] = useState("");
  const [model, setModel] = useState("");
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<Trouble>();
  const client = useQueryClient();
  const navigate = useNavigate();
  const stays = useHere();
  const bring = async (call: () => Promise<SaeCard>) => {
    setBusy(true);
    setTrouble(undefined);
    const here = stays();
    try {
      const card = await call();
      await client.invalidateQueries({ queryKey: saeKeys.all });
      client.setQueryData(saeCard(card.sae.slug).queryKey, card);
      if (here()) await navigate({ to: "/saes/$sae", params: { sae: card.sae.slug } });
      else notifications.show({ message: `${card.sae.slug} is imported.`, color: "green" });
    } catch (thrown) {
      if (here()) setTrouble(asTrouble(thrown));
      else complain(thrown);
    } finally {
      setBusy(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const said = { site: site.trim(), model_name: model.trim() };
    if (source.trim()) bring(() => importSae({ source: source.trim(), layer, name: "", ...said }));
  };
  return (
    <section className={classes.import} aria-label="Import">
      <form onSubmit={submit} className={classes.importForm}>
        <TextInput
          aria-label="Path or hub id"
          placeholder="/path/to/sae · owner/name/folder on the Hugging Face hub"
          classNames={{ root: classes.source, input: "mono" }}
          spellCheck={false}
          value={source}
          onChange={(event) => setSource(event.currentTarget.value)}
        />
        <NumberInput
          aria-label="Layer, where a folder holds several"
          placeholder="layer"
          title="Which of several in a folder"
          w={74}
          min={0}
          allowDecimal={false}
          value={layer ?? ""}
          onChange={(value) => setLayer(typeof value === "number" ? value : null)}
        />
        <TextInput
          aria-label="What it reads, where its files do not say"
          placeholder="site, if unsaid"
          title="What it reads, where its files do not say: L5.resid_post"
          classNames={{ input: "mono" }}
          w={130}
          spellCheck={false}
          value={site}
          onChange={(event) => setSite(event.currentTarget.value)}
        />
        <TextInput
          aria-label="Model, where its files name none or call it otherwise"
          placeholder="model, if unsaid"
          title="The model that it was trained on, where its files name none, or call the same one otherwise"
          classNames={{ input: "mono" }}
          w={140}
          spellCheck={false}
          value={model}
          onChange={(event) => setModel(event.currentTarget.value)}
        />
        <Button type="submit" leftSection={<Import size={14} />} disabled={!source.trim()} loading={busy}>
          Import
        </Button>
      </form>
      <p className={classes.hint}>
        SAELens, sparsify, dictionary_learning, Gemma Scope, Llama Scope, OpenAI&apos;s: the format is detected. Files
        stay where they are, a zip is unpacked into this server's folder; a pickle is never run. Import one again, by
        path or name, to say what it reads or whose it is.
      </p>
      {trouble && <TroubleNote trouble={trouble} />}
    </section>
  );
}
