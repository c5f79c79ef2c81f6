// A form drawn from a schema of the profile: RJSF with this page's theme. Mistakes come from outside, so that they can be
// cleared on edit and can come from the host's checks as well.
// Not from the package itself: its entry pulls in a registry for tests, with a validator that needs `eval`.
import Form, { type FormProps } from "@rjsf/core/lib/components/Form.js";
import type { ErrorSchema, RegistryWidgetsType, RJSFSchema, TemplatesType } from "@rjsf/utils";
import { useMemo, type ReactNode } from "react";
import { visibleForm } from "../schema/compose";
import type { FormSchema, Values } from "../schema/profile";
import { generatorValidator, type Mistakes } from "../schema/validator";
import { CheckboxInput } from "./CheckboxInput";
import { FieldBox } from "./FieldBox";
import { SecretInput } from "./SecretInput";
import { SelectInput } from "./SelectInput";
import { TextInput } from "./TextInput";

const widgets: RegistryWidgetsType = {
  TextWidget: TextInput,
  URLWidget: TextInput,
  EmailWidget: TextInput,
  DateWidget: TextInput,
  UpDownWidget: TextInput,
  PasswordWidget: SecretInput,
  SelectWidget: SelectInput,
  CheckboxWidget: CheckboxInput,
};

const templates: Partial<TemplatesType> = {
  FieldTemplate: FieldBox,
  ObjectFieldTemplate: ({ properties }) => <>{properties.map(({ content }) => content)}</>,
};

interface SchemaFormProps {
  id: string;
  schema: FormSchema;
  values: Values;
  mistakes: Mistakes;
  disabled?: boolean;
  onChange: (values: Values) => void;
  onSubmit: () => void;
  children: ReactNode;
}

export function SchemaForm({ id, schema, values, mistakes, disabled, onChange, onSubmit, children }: SchemaFormProps) {
  const shown = useMemo(() => visibleForm(schema, values), [schema, values]);
  const extraErrors = useMemo(
    () => Object.fromEntries(Object.entries(mistakes).map(([name, __errors]) => [name, { __errors }])),
    [mistakes],
  );
  const props: FormProps = {
    schema: generatorSchema(shown),
    validator: generatorValidator,
    widgets,
    templates,
    uiSchema: UI_SCHEMA,
    // A list found in the store is an offer: its first entry must not be chosen silently.
    experimental_defaultFormStateBehavior: { constAsDefaults: "never" },
    formData: values,
    extraErrors: extraErrors as ErrorSchema,
    onChange: ({ formData }) => onChange(formData ?? {}),
    onSubmit: () => onSubmit(),
  };
  return (
    <Form {...props} id={id} idPrefix={id} disabled={disabled} noValidate noHtml5Validate showErrorList={false}>
      {children}
    </Form>
  );
}

const UI_SCHEMA = { "ui:submitButtonOptions": { norender: true } };

/** RJSF reads the dialect from `$schema` only to complain; titles and texts of the form are drawn by the page. */
function generatorSchema(form: FormSchema): RJSFSchema {
  const { $schema: _dialect, title: _title, description: _description, ...rest } = form;
  return rest as RJSFSchema;
}

/** The input of a field, for moving the focus to it. */
export function inputOf(formId: string, name: string): HTMLElement | null {
  return document.getElementById(`${formId}_${name}`);
}
