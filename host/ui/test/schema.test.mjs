// The exported forms in other hands: Ajv, and RJSF as it comes, with React and its own theme and validator.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import Form from "@rjsf/core";
import { customizeValidator } from "@rjsf/validator-ajv8";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { createElement } from "react";
import { renderToString } from "react-dom/server";

const SCHEMAS = new URL("../../../schemas/", import.meta.url);
const forms = ["credential", "settings"].flatMap((form) =>
  readdirSync(new URL(`${form}/`, SCHEMAS)).map((file) => ({
    name: `${form}/${file}`,
    schema: JSON.parse(readFileSync(new URL(`${form}/${file}`, SCHEMAS), "utf8")),
  })),
);

const ajv = () => {
  const made = new Ajv2020({ strict: false, allErrors: true });
  addFormats(made);
  made.addFormat("password", true);
  return made;
};

for (const { name, schema } of forms) {
  test(`${name} is a schema of 2020-12 to an independent validator`, () => {
    assert.equal(schema.$schema, "https://json-schema.org/draft/2020-12/schema");
    const validator = ajv();
    assert.ok(validator.validateSchema(schema), validator.errorsText());
    const validate = validator.compile(schema);
    const missing = (validate({}), validate.errors ?? []).filter(({ keyword }) => keyword === "required");
    assert.deepEqual(missing.map(({ params }) => params.missingProperty).sort(), [...(schema.required ?? [])].sort());
    assert.equal(validate({ no_such_field: "x" }), false, "what the form does not know is refused");
    const examples = Object.entries(schema.properties).flatMap(([field, { examples: [example] = [] }]) => (example === undefined ? [] : [[field, example]]));
    for (const [field, example] of examples) {
      validate({ [field]: example });
      assert.deepEqual((validate.errors ?? []).filter(({ instancePath }) => instancePath === `/${field}`), [], `the example of ${field}`);
    }
  });

  test(`${name} renders in an unmodified RJSF`, (context) => {
    const complaints = [];
    for (const kind of ["error", "warn"]) context.mock.method(console, kind, (...said) => complaints.push(said.join(" ")));
    const validator = customizeValidator({ AjvClass: Ajv2020, customFormats: { password: /.*/u } });
    const html = renderToString(createElement(Form, { schema, validator }));
    assert.deepEqual(complaints, []);
    assert.ok(!html.includes("Unsupported field schema") && !html.includes("config-error"), html);
    for (const [field, { title }] of Object.entries(schema.properties)) {
      assert.ok(html.includes(`root_${field}`) && html.includes(title), `${field} has no input`);
    }
  });
}

test("the credential form takes addresses that begin with https, and no other", () => {
  const { schema } = forms.find(({ name }) => name === "credential/centra.json");
  const validate = ajv().compile(schema);
  const fits = (store_url) => validate({ store_url, integration_api_token: "0123456789" });
  for (const good of ["https://yourbrand.centra.com", "HTTPS://yourbrand.centra.com/ams?x#y", "https://yourbrand.centra.com:443", "http://127.0.0.1:4010", "http://localhost", "http://[::1]:4010/graphql"])
    assert.ok(fits(good), good);
  for (const bad of ["http://yourbrand.centra.com", "HTTP://yourbrand.centra.com", "ftp://yourbrand.centra.com", "http://127.0.0.1.evil.example", "http://localhost.evil.example", "javascript:alert(1)", "https://user@yourbrand.centra.com"])
    assert.ok(!fits(bad), bad);
});
