/** Asks for a feature: the patch acts at the tokens where its activation exceeds a threshold. */
import { Button, NativeSelect } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useState } from "react";
import { useTrouble } from "../../api/live";
import { scopeWhereFires } from "../../api/patches";
import { saes } from "../../api/saes";
import type { PatchScope } from "../../api/types";
import { NumberBox } from "../../components/NumberBox";
import { TroubleNote } from "../../components/States";
import { ToolButton } from "../../components/ToolButton";
import css from "./PatchRail.module.css";

/** A feature of an SAE. */
export interface Near {
  sae: string;
  feature: number;
}

interface Props {
  /** Of the patch. */
  name: string;
  /** What the form begins with. Defaults to the first one that fits. */
  near?: Near;
  use: (scope: PatchScope) => void;
  close: () => void;
}

export function WhereFires({ name, near, use, close }: Props) {
  const { data } = useQuery(saes);
  const [chosen, setChosen] = useState(near?.sae);
  const [feature, setFeature] = useState(near?.feature ?? 0);
  const [above, setAbove] = useState(0);
  const asked = useMutation({ mutationFn: scopeWhereFires, onSuccess: use });
  const trouble = useTrouble(asked.error);
  const fitting = data?.items.filter(({ fit }) => fit?.fits).map(({ slug }) => slug) ?? [];
  const sae = fitting.find((slug) => slug === chosen) ?? fitting[0];
  if (data && sae === undefined) return <p className={css.says}>No SAE of the library fits this model.</p>;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (sae !== undefined) asked.mutate({ sae, feature, above });
      }}
    >
      <fieldset className={css.fires}>
        <legend>Where a feature fires</legend>
        <NativeSelect
          size="xs"
          aria-label={`SAE of the feature where ${name} acts`}
          value={sae ?? ""}
          data={fitting}
          onChange={(event) => setChosen(event.currentTarget.value)}
        />
        <div className={css.asked}>
          <span className="mute">#</span>
          <NumberBox name={`Feature where ${name} acts`} w={72} min={0} whole value={feature} onChange={setFeature} />
          <span className="mute">above</span>
          <NumberBox name={`Activation above which ${name} acts`} w={62} min={0} value={above} onChange={setAbove} />
          <Button type="submit" size="compact-xs" variant="default" aria-busy={asked.isPending}>
            Use
          </Button>
          <ToolButton label="Leave it as it is" onClick={close}>
            <X size={12} />
          </ToolButton>
        </div>
        <span className="mute">Not in force until Use.</span>
      </fieldset>
      {trouble && <TroubleNote trouble={trouble} />}
    </form>
  );
}
