import classes from "./Features.module.css";

/** A few tokens on one line, each in a frame of its own. */
export function Tokens({ ids, label }: { ids: readonly number[]; label: (id: number) => string }) {
  return (
    <span className={classes.tokens}>
      {ids.map((id) => (
        <bdi key={id} className={classes.chip} title={`id ${id}`}>
          {label(id)}
        </bdi>
      ))}
    </span>
  );
}
