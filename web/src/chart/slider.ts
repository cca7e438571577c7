/** The slider of an EMA: it moves over how far the mean reaches, from 2 to 1,000 points, in equal ratios; pure. */

const LONGEST = 1000;
export const SLIDER = 100;

/** Rounded in what it does not keep: near 1 that is what tells two amounts apart. */
export const emaOf = (slide: number): number => {
  const lost = Number((0.5 / (LONGEST / 2) ** (slide / SLIDER)).toPrecision(3));
  return Number((1 - lost).toFixed(6));
};

export const slideOf = (amount: number): number =>
  Math.round((Math.log(0.5 / (1 - amount)) / Math.log(LONGEST / 2)) * SLIDER);
