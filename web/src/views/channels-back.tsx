/** The way back to what stands above. */

export const Back = ({ href, words }: { href: string; words: string }) => (
  <p class="rule-back">
    <a href={href}>{words}</a>
  </p>
);
