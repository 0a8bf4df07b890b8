import { createFileRoute, Outlet, stripSearchParams, useParams } from "@tanstack/react-router";
import classes from "./-chat/Chat.module.css";
import { ConversationList } from "./-chat/ConversationList";
import { CHAT_DEFAULTS, chatSearch } from "./-view/params";
import { useUnread } from "./-view/useUnread";

export const Route = createFileRoute("/chat")({
  validateSearch: chatSearch,
  search: { middlewares: [stripSearchParams(CHAT_DEFAULTS)] },
  component: Chat,
});

function Chat() {
  const { conversation } = useParams({ strict: false });
  useUnread(chatSearch);
  return (
    <div className={classes.chat}>
      <div className={classes.listPane}>
        <ConversationList current={conversation} />
      </div>
      <div className={classes.page}>
        <Outlet />
      </div>
    </div>
  );
}
