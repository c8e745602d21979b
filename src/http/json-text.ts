/**
 * JSON text that was made before, in the place of what it is the text of: in an answer it is written as
 * it is. Nobody else may look into it.
 */
export class JsonText {
  readonly text: string;

  private constructor(text: string) {
    this.text = text;
  }

  /** The text of a `Value`, to be taken for one. */
  static of<Value>(text: string): Value {
    return new JsonText(text) as Value;
  }

  /** For whoever writes it otherwise. */
  toJSON(): unknown {
    return JSON.parse(this.text);
  }
}
