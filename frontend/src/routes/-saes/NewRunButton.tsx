import { Button } from "@mantine/core";
import { useRouter } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { SaeInfo } from "../../api/types";
import { stringifySearch } from "../../lib/search";

interface Props {
  family: string;
  /** Fields of the spec that are filled in. Defaults to none. */
  spec?: Readonly<Record<string, string>>;
  icon?: ReactNode;
  children: ReactNode;
}

/** The address of a family's form, filled in as far as it is known here. */
export const newRunAddress = (family: string, spec: Readonly<Record<string, string>> = {}): string =>
  `/experiments/${family}/new${stringifySearch(spec)}`;

/** What a harvest of an SAE is filled in with: of the model that was said on its import, where one was. */
export const harvestOf = ({ path, slug, said_model_name }: SaeInfo): Readonly<Record<string, string>> => ({
  sae: path,
  name: slug,
  ...(said_model_name ? { model: said_model_name } : {}),
});

/** The form of a family, filled in as far as it is known here. */
export function NewRunButton({ family, spec = {}, icon, children }: Props) {
  const { history } = useRouter();
  const href = newRunAddress(family, spec);
  return (
    <Button
      component="a"
      href={href}
      variant="default"
      leftSection={icon}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        history.push(href);
      }}
    >
      {children}
    </Button>
  );
}
