/** What is shown where nothing is. */

/** Only when nothing is there at all. */
export default function Lost() {
  return <NotFound />;
}

export function NotFound({ message = "This address leads nowhere." }: { message?: string }) {
  return (
    <section class="teach">
      <h1>Not here</h1>
      <p>{message}</p>
      <p>
        <a href="#/">All runs</a>
      </p>
    </section>
  );
}
