import { Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { liveKeys, useTrouble } from "../api/live";
import { examples, modelInfo } from "../api/queries";
import { Empty, TroubleNote, Waiting } from "../components/States";
import { create, samplingOf, send } from "./-chat/actions";
import classes from "./-chat/Chat.module.css";
import { Composer } from "./-chat/Composer";
import { ListButton } from "./-chat/ListButton";
import { SamplingPanel } from "./-chat/SamplingPanel";
import { useChatView } from "./-chat/use";
import { useChatPlace } from "./-patch-rail/place";
import { carryRail, NEW } from "./-patch-rail/rails";
import { useInForce } from "./-patch-rail/usePatchRail";
import { RailButton, useRailFrame, WithPatchRail } from "./-patch-rail/WithPatchRail";
import { ExampleList } from "./-shell/ExampleList";
import { useHere } from "./-shell/here";
import { useModelLoading } from "./-shell/loadModel";

export const Route = createFileRoute("/chat/")({ component: NewConversation });

function NewConversation() {
  useDocumentTitle("New conversation · Microscope");
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  const stays = useHere();
  const client = useQueryClient();
  const { view, set } = useChatView(search);
  const { data: info, error } = useQuery(modelInfo);
  const busy = useModelLoading();
  const { data: shown } = useQuery({ ...examples(info?.slug ?? ""), enabled: info !== undefined });
  const inForce = useInForce();
  const frame = useRailFrame(useChatPlace(NEW, search.patches, info?.slug ?? null), search.rail);
  const begin = useMutation({
    mutationFn: async (text: string) => {
      const here = stays();
      const { id } = await create();
      await send(id, text, samplingOf(search), info?.thinking ? search.think : null, inForce);
      carryRail(NEW, id);
      client.invalidateQueries({ queryKey: liveKeys.conversations });
      if (!here()) return;
      await navigate({
        to: "/chat/$conversation",
        params: { conversation: id },
        search: (now) => ({ ...now, text: undefined }),
        state: { typing: true },
      });
    },
  });
  const trouble = useTrouble(begin.error ?? (busy ? null : error));
  if (busy && !info) return <Waiting what={busy} />;
  return (
    <WithPatchRail frame={frame} model={info} view={view}>
      <div className={classes.pane}>
        <header className={classes.head}>
          <ListButton />
          <h1 className={classes.title}>New conversation</h1>
          <span className={classes.grow} />
          <RailButton frame={frame} />
        </header>
        <div className={classes.welcome}>
          {trouble && <TroubleNote trouble={trouble} />}
          {info ? (
            <>
              <Title order={2} fz={18}>
                {info.chat ? `Talk with ${info.slug}` : `Write with ${info.slug}`}
              </Title>
              <Text c="dimmed" maw={520}>
                Every token arrives with what each of the {info.n_layers} layers would have said. Click one to see its
                rise.
              </Text>
              <Text c="dimmed" maw={520}>
                <b>Patches</b>, at the top right, change the model while it talks, and show what that does to each next
                token.
              </Text>
              <ExampleList examples={shown ?? []} />
            </>
          ) : (
            !trouble && <Empty title="No model is loaded">Choose one at the top left.</Empty>
          )}
        </div>
        <Composer
          key={search.text}
          draftOf={search.text ? `new-${search.text}` : "new"}
          initial={search.text}
          typing
          generating={false}
          busy={begin.isPending}
          onSend={(text) =>
            begin.mutateAsync(text).then(
              () => true,
              () => false,
            )
          }
          onStop={() => {}}
          placeholder={info?.chat === false ? "Text for the model to continue" : "Say something to the model"}
        >
          <SamplingPanel search={search} change={set} thinking={info?.thinking ?? false} />
        </Composer>
      </div>
    </WithPatchRail>
  );
}
