/** Asks for a feature: the patch acts at the tokens where its activation exceeds a threshold. */
import { Button, NativeSelect } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTrouble } from "../../api/live";
import { scopeWhereFires } from "../../api/patches";
import { saes } from "../../api/saes";
import type { PatchScope } from "../../api/types";
import { NumberBox } from "../../components/NumberBox";
import { TroubleNote } from "../../components/States";
import css from "./PatchRail.module.css";

interface Props {
  /** Of the patch. */
  name: string;
  use: (scope: PatchScope) => void;
}

export function WhereFires({ name, use }: Props) {
  const { data } = useQuery(saes);
  const [chosen, setChosen] = useState("");
  const [feature, setFeature] = useState(0);
  const [above, setAbove] = useState(0);
  const asked = useMutation({ mutationFn: scopeWhereFires, onSuccess: use });
  const trouble = useTrouble(asked.error);
  const fitting = data?.items.filter(({ fit }) => fit?.fits) ?? [];
  const sae = chosen || fitting[0]?.slug;
  if (data && sae === undefined) return <p className={css.says}>No SAE of the library fits this model.</p>;
  return (
    <form
      className={css.fires}
      onSubmit={(event) => {
        event.preventDefault();
        if (sae !== undefined) asked.mutate({ sae, feature, above });
      }}
    >
      <NativeSelect
        size="xs"
        aria-label={`SAE of the feature where ${name} acts`}
        value={sae ?? ""}
        data={fitting.map(({ slug }) => slug)}
        onChange={(event) => setChosen(event.currentTarget.value)}
      />
      <span className="mute">#</span>
      <NumberBox name={`Feature where ${name} acts`} w={72} min={0} whole value={feature} onChange={setFeature} />
      <span className="mute">above</span>
      <NumberBox name={`Activation above which ${name} acts`} w={70} min={0} value={above} onChange={setAbove} />
      <Button type="submit" size="compact-xs" variant="default" aria-busy={asked.isPending}>
        Use
      </Button>
      {trouble && <TroubleNote trouble={trouble} />}
    </form>
  );
}
