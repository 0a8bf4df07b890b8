/** What stands where data would: why there is none, and what to do about it. */
import { Alert, Button, Group, Loader, Stack, Text, Title } from "@mantine/core";
import { CircleAlert } from "lucide-react";
import type { ReactNode } from "react";
import classes from "./States.module.css";

export interface TroubleText {
  error: string;
  next: string;
  /** HTTP status; 0 where there was no answer. */
  status: number;
}

interface TroubleProps {
  trouble: TroubleText;
  retry?: () => void;
  children?: ReactNode;
}

/** A failure in words: what, what to do, and the detail to hand on. */
export function TroubleNote({ trouble, retry, children }: TroubleProps) {
  const detail = [trouble.error, trouble.next, trouble.status && `status ${trouble.status}`].filter(Boolean).join("\n");
  return (
    <Alert
      role="alert"
      variant="outline"
      color="red"
      icon={<CircleAlert size={16} aria-hidden />}
      title={trouble.error}
      className={classes.trouble}
    >
      {trouble.next && <Text size="sm">{trouble.next}</Text>}
      <Group gap={8} mt={8}>
        {retry && (
          <Button variant="default" onClick={retry}>
            Retry
          </Button>
        )}
        <Button variant="default" onClick={() => navigator.clipboard?.writeText(detail)}>
          Copy detail
        </Button>
        {children}
      </Group>
    </Alert>
  );
}

/** A page that has nothing else to show than this failure. */
export function TroublePage(props: TroubleProps) {
  return (
    <div className={classes.centre}>
      <TroubleNote {...props} />
    </div>
  );
}

interface EmptyProps {
  title: string;
  /** Of the heading: 1 where it is the page's own. Defaults to 2. */
  order?: 1 | 2;
  /** As high as its words, since more stands below it. Defaults to the whole place. */
  low?: boolean;
  children?: ReactNode;
}

/** Nothing here yet: why, and the next step. */
export function Empty({ title, order = 2, low = false, children }: EmptyProps) {
  return (
    <div className={low ? `${classes.centre} ${classes.low}` : classes.centre}>
      <Stack gap={8} align="center" maw={420} ta="center">
        <Title order={order} fz={15}>
          {title}
        </Title>
        <div className={classes.says}>{children}</div>
      </Stack>
    </div>
  );
}

/** Waiting; says for what. */
export function Waiting({ what }: { what: string }) {
  return (
    <div className={classes.centre} aria-busy>
      <Group gap={10}>
        <Loader size="xs" />
        <Text size="sm" c="dimmed" role="status">
          {what}
        </Text>
      </Group>
    </div>
  );
}
